"""Word lists of the grammar: one symbol, its words separated by commas."""

WORDS = {
    "name": """
        Anna, Ben, Carla, Diego, Elif, Farid, Grace, Hana, Ivan, Jonas, Keiko, Lucia, Marek, Nadia, Omar, Priya, Quentin, Rosa, Samir,
        Tove, Uma, Viktor, Wen, Ximena, Yusuf, Zofia, Aisha, Bruno, Chloe, Dmitri, Esther, Felix, Gita, Hugo, Ines, Jamal, Kofi,
        Leila, Mateo, Noor, Olga, Paulo, Ravi, Sofia, Tomas, Vera, Willem, Yara, Zane, Amara, Bilal, Cora, Dario, Emeka, Freya, Goran""",
    "place": """
        Lisbon, Kraków, Osaka, Nairobi, Porto, Denver, Lyon, Seville, Tromsø, Hanoi, Cusco, Galway, Tbilisi, Pune, Bergen, Montréal,
        Valparaíso, Ghent, Bologna, Chiang Mai, Accra, Zagreb, Malmö, Leeds, Austin, Perth, Dakar, Tartu, Cork, Salvador, Izmir,
        Daegu, the coast, a small village, the mountains, my home town, the suburbs, a farm near the lake""",
    "thing": """
        bicycle, kettle, sofa, laptop, drill, guitar, tent, fridge, radiator, camera, printer, piano, bookshelf, boiler, scooter,
        router, washing machine, garden shed, roof rack, telescope, sewing machine, aquarium, window frame, treadmill, mattress, lawn
        mower, coffee grinder, smoke alarm, raincoat, backpack, jigsaw, canoe, oven, greenhouse, doorbell, heat pump, record player""",
    "food": """
        lentils, aubergine, salmon, tofu, leftover rice, chickpeas, pumpkin, mushrooms, sourdough, chicken thighs, kimchi, halloumi,
        sweet potato, red cabbage, plantain, cod, pork shoulder, spinach, rhubarb, quinoa, black beans, leeks, oat flakes,
        cauliflower, goat cheese, beetroot, mackerel, couscous, fennel, turnips, duck, paneer""",
    "job": """
        nurse, plumber, accountant, teacher, product manager, barista, electrician, data engineer, translator, vet, paralegal, welder,
        social worker, architect, dispatcher, pharmacist, chef, estate agent, librarian, surveyor, physiotherapist, baker, tram
        driver, school principal, graphic designer, lab technician, recruiter, midwife, civil engineer, copywriter""",
    "relative": """
        sister, father, grandmother, neighbour, boss, landlord, partner, cousin, daughter, colleague, flatmate, best friend, uncle,
        son, mother-in-law, coach, teacher, ex, nephew, new manager""",
    "animal": "cat, puppy, parrot, hamster, tortoise, pony, rabbit, goldfish, hen, ferret, greyhound, gecko, canary, goat, spaniel",
    "hobby": """
        pottery, bouldering, chess, birdwatching, knitting, open-water swimming, model trains, salsa, archery, beekeeping,
        calligraphy, drone flying, fencing, gardening, home brewing, juggling, kayaking, origami, photography, rowing, sketching,
        tabletop games""",
    "subject": """
        photosynthesis, the French Revolution, supply and demand, plate tectonics, the water cycle, black holes, inflation, mitosis,
        the Silk Road, Newton's laws, the Cold War, vaccines, game theory, the Ottoman Empire, entropy, plant breeding, tides, the
        euro, cellular respiration, the Meiji era, glaciers, the nervous system, opportunity cost, the periodic table, coral reefs,
        sonnets, continental drift, compound interest, natural selection, the printing press, semiconductors, fermentation, the Magna
        Carta""",
    "language": "Python, Rust, Go, TypeScript, Java, Kotlin, C#, Ruby, Swift, PHP, C++, Scala, SQL, Bash, R, Elixir, Julia, Dart",
    "library": """
        pandas, React, Django, Flask, NumPy, Vue, Spring, Rails, PyTorch, FastAPI, Terraform, Docker, Kubernetes, Postgres, Redis,
        Kafka, Tailwind, Next.js, SQLAlchemy, Svelte, Airflow, Spark, OpenCV, Qt, Electron, GraphQL, nginx, Celery, pytest, Gradle""",
    "structure": """
        binary tree, hash map, priority queue, linked list, trie, ring buffer, matrix, directed graph, interval tree, skip list,
        sorted array, disjoint set, segment tree, bit set, sparse table, suffix array, deque, heap, LRU cache, bloom filter""",
    "failure": """
        times out, returns null, crashes on start, leaks memory, throws a type error, deadlocks, gives a 502, loses rows, runs twice,
        ignores the config, hangs after an hour, prints garbage, fails only in CI, is slow with many rows, breaks on Windows""",
    "adjective": """
        simple, short, funny, formal, gentle, detailed, practical, honest, upbeat, calm, bold, dry, poetic, cheap, healthy, quick,
        old-fashioned, minimal, warm, clear, polite, unusual, playful, serious, modern, rustic, light, sharp""",
    "animal_or_thing": "{animal}, {thing}, {job}, {hobby}",
    "when": """
        tomorrow, next week, on Saturday, in October, after the holidays, before Friday, this evening, in two months, on my birthday,
        over the long weekend, by the end of the quarter, right after lunch""",
    "unit": "kilometres, litres, euros, hours, pages, boxes, tickets, trees, metres, kilograms, minutes, seats, coins, eggs, marbles",
    "verb_build": "build, write, implement, design, sketch, put together, create, develop, make, draft",
    "app": """
        booking system, recipe app, chess clock, inventory tool, blog engine, expense tracker, weather widget, chat bot, photo
        gallery, timesheet, quiz game, flight board, parking meter, loyalty card, newsletter tool, ticket queue, music player, map
        viewer, pet feeder""",
    "genre": "ghost story, haiku, limerick, sonnet, short story, fairy tale, monologue, song, sea shanty, eulogy, toast, fable, dialogue",
    "business": """
        bakery, dental practice, yoga studio, car dealer, bike shop, florist, law office, hotel, gym, tea importer, print shop,
        school, travel agency, brewery, charity, hardware store, logistics firm, clinic, podcast, museum, roofing firm, winery,
        nursery""",
    "channel": "newsletter, landing page, flyer, product page, press release, radio spot, social post, welcome e-mail, brochure, banner",
    "colour": "red, blue, green, ochre, violet, black, white, turquoise, amber, grey, crimson, teal, ivory, indigo",
    "mood": "tired, anxious, excited, stuck, bored, hopeful, overwhelmed, curious, confused, proud, worried, relieved",
    "dish": "soup, curry, salad, stew, casserole, pie, stir-fry, risotto, tacos, omelette, sandwich, traybake, dumplings, noodles",
    "domain": """
        organic chemistry, contract law, number theory, fluid mechanics, macroeconomics, cardiology, operating systems, linguistics,
        thermodynamics, combinatorics, cryptography, immunology, tax law, astrophysics, game design, optics, epidemiology, topology,
        compilers, genetics, formal logic, materials science, pharmacology, control theory, statistics, real analysis, geology,
        robotics""",
    "tool": """
        browser, shell, calendar API, file system, SQL console, search index, ticket system, mail client, spreadsheet, code
        interpreter, map service, payment sandbox, CRM, test runner, version control, key-value store, PDF reader, issue tracker""",
    "site": """
        a hotel booking site, an airline portal, a web shop, a hospital intranet, a bank sandbox, a job board, a ticket office, a
        library catalogue, a tax form, a parts supplier, a cinema programme, a car rental desk, a forum, a grocery shop""",
    "criterion": """
        factual accuracy, completeness, clarity, safety, tone, conciseness, reasoning quality, use of evidence, originality,
        formatting, faithfulness to the source, helpfulness, calibration, relevance, code correctness, depth, grammar, harmlessness""",
    "zh_thing": """
        自行车, 手机, 冰箱, 简历, 合同, 菜谱, 论文, 代码, 旅行计划, 作文, 照片, 房子, 猫,
        邮件, 小说, 健身计划, 数学题, 演讲稿, 产品, 网站""",
    "zh_adj": "简单, 详细, 有趣, 正式, 专业, 温柔, 幽默, 清楚, 实用, 简短, 生动, 礼貌",
    "zh_domain": """
        有机化学, 合同法, 数论, 流体力学, 宏观经济学, 操作系统, 语言学, 热力学, 组合数学, 密码学,
        免疫学, 税法, 光学, 统计学, 编译原理, 遗传学""",
    "ja_thing": "自転車, 履歴書, 旅行, 料理, メール, 契約書, 論文, 猫, 小説, 写真, 部屋, 英語, プログラム, 発表, 庭, 音楽",
    "es_thing": """
        la bicicleta, el piso, un viaje, una receta, mi perro, un contrato, la lavadora, un poema, mi currículum, la huerta, un
        correo, el examen""",
    "de_thing": """
        das Fahrrad, die Heizung, ein Gedicht, mein Lebenslauf, der Mietvertrag, ein Rezept, die Reise, der Garten, die Prüfung, ein
        Brief""",
    "fr_thing": """
        le vélo, un voyage, une recette, mon chat, un contrat, la chaudière, un poème, mon CV, le jardin, une lettre, l'examen, le
        discours""",
    "pt_thing": """
        a bicicleta, uma viagem, a receita, meu cachorro, o contrato, o jardim, um poema, meu currículo, a prova, um e-mail, a reunião""",
    "ru_thing": """
        велосипед, поездка, рецепт, кошка, договор, письмо, резюме, экзамен, стихотворение, сад, ремонт, отчёт, сайт, презентация""",
}
