"""What ordinary people, firms, classes and scheduled jobs ask: one production a line."""

PEOPLE_LINES = {
    "ask.en": """
        {task}
        {task} {constraint}
        {situation} {task}
        {situation} {task} {constraint}
        {situation} {detail} {task}
        {task} {detail}
        {persona} {task} {constraint}
        {task} {paste}
        {detail} {task} {constraint}
        {code}""",
    "ask.code": """
        {code}
        {code} {code_detail}
        {code_detail} {code}
        {code} {paste_code}""",
    "who": """
        {name}
        {name} {coined}
        {name} {coined}
        {coined} {coined}
        my {relative} {coined}""",
    "item": """
        {thing}
        {adjective} {thing}
        {coined} {thing}
        {thing} from {coined}
        {colour} {coined} {thing}""",
    "where": """
        {place}
        {coined}
        {coined} near {place}
        {coined} street""",
    "product": """
        {app}
        {coined} {app}
        {app} for {coined}
        {adjective} {app}
        {app} with {coined} log-in""",
    "ask.long": """
        {task} {constraint} Text: {sentence} {sentence} {sentence} {sentence} {sentence}
        {persona} {situation} {detail} {task} {constraint} {paste}
        {code} {code_detail} {code_detail} {paste_code} {paste_code} {paste_code}
        Read this and answer. {sentence} {sentence} {sentence} {sentence} Question: {task} {constraint}
        {sentence} {sentence} {situation} {detail} {detail} {task}
        {persona} {problem} {problem} {problem} {constraint}""",
    "ask.document": """
        {task} {constraint} {paragraph} {paragraph}
        {persona} {task} {constraint} Here is the document. {paragraph} {paragraph} {paragraph} {paragraph}
        Read this and answer. {paragraph} {paragraph} {paragraph} Question: {task}
        {paragraph} {paragraph} {paragraph} {paragraph} {paragraph} {paragraph} {task} {constraint}
        {code} {code_detail} {listing} {listing} {listing} {code_detail}""",
    "paragraph": """
        {sentence} {sentence} {sentence} {detail} {sentence} {sentence}
        {situation} {sentence} {detail} {detail} {sentence}
        {sentence} {situation} {sentence} {sentence} {sentence} {sentence} {detail}
        {detail} {sentence} {situation} {sentence}""",
    "listing": """
        {paste_code} {paste_code} {paste_code} {paste_code}
        {paste_code} {paste_code} {paste_code} {paste_code} {paste_code} {paste_code} {paste_code}""",
    "situation": """
        I am a {job} in {where} and my {relative} wants to take up {hobby}.
        My {relative} {who} gave me a {item} {when}, {n} years old and {colour}.
        We run a {business} with {n} staff in {where}.
        I feel {mood} because my {relative} is moving to {where} {when}.
        I have {n} {unit} of {food} and only a {item}.
        {who} and I are planning {n} days in {where} {when}.
        My {animal} named {who} is {n} months old.
        Our flat in {where} has a {colour} {item} from {year}.
        I am learning {language} after {n} years as a {job}.
        There are {n} children coming to {who}'s party {when}.
        My exam on {subject} is {when}.
        I inherited a {item} and a {animal} from {who}.""",
    "detail": """
        It must cost less than {k} euros.
        {who} is allergic to {food}.
        I only have {n} minutes a day for {hobby}.
        The last one said {adjective} and {adjective} and I did not like it.
        There are {n} people and {n} of them eat no {food}.
        We already tried a {item} and {hobby}.
        It happened first in {year}, then again near {where}.
        My {relative} says it should be {adjective}.
        The deadline is {when} and {who} has not answered.
        Mind that the {item} is {colour} and weighs {n} {unit}.
        The reader is a {job} from {where}.""",
    "task": """
        How do I fix a {item} that makes a {adjective} noise after {n} minutes?
        Give me a {adjective} {dish} with {food} and {food}.
        What should I see in {where} in {n} days with a {relative} who loves {hobby}?
        Write a {adjective} e-mail to my {relative} about the {item} we bought in {where}.
        Explain {subject} to a {job}.
        Write a {genre} about a {job} and a {animal} in {where}.
        {problem}
        Is it {adjective} to keep a {animal} together with a {animal}?
        Compare a {item} and a {item} for someone who does {hobby}.
        Make a {n}-week plan for {hobby}, {n} minutes a day.
        Help me prepare for an interview as a {job} at a {business}.
        Write a {adjective} {channel} for a {business} in {where}.
        What does "{adjective} {colour} {item}" sound like in other languages?
        Who was the most {adjective} figure in {subject}, and why?
        Summarise what I should know about {subject} before {when}.
        Suggest {n} names for a {business} that sells {food}.
        My {animal} ate {food}; what now?
        Draft a {adjective} complaint about a {item} that broke after {n} days.
        Which questions should I ask a {job} before paying {k} euros for a {item}?
        How would a {job} explain {subject} to {who}, aged {n}?
        Turn these notes on {subject} into {n} flash cards.
        Think step by step: can I afford a {item} for {k} euros if I save {n} a week?
        What can I plant in {where} in spring next to {food}?
        Give me {n} {adjective} gift ideas for a {job} who likes {hobby}.
        Translate "{who} left the {item} in {where} {when}" and explain the grammar.
        Grade my answer on {subject} and tell me what a teacher would mark down.
        Plan a {adjective} menu for {n} guests around {food}.
        Could you check whether {subject} has anything to do with {subject}?
        Write {n} quiz questions with answers on {subject}.
        I need a {adjective} toast for {who}'s wedding, with a {animal} in it.""",
    "problem": """
        {who} has {n} {unit} and gives {n} to each of {n} friends; how many are left if {who} buys {k} more?
        A train leaves {where} at {n} past noon at {k} metres a minute and another follows {n} minutes later; when do they meet?
        If {pct} percent of {k} {unit} are {colour} and the rest {colour}, how many more are {colour}?
        In a class of {n}, {pct} percent do {hobby}; how many do not?
        A {item} costs {k} euros, falls by {pct} percent and then rises by {n} percent; what does it cost now?
        {who} walks {n} {unit} on the first day and {n} more each day; how far after {n} days?
        A tank holds {k} litres and two pipes fill it in {n} and {n} minutes; how long together?
        A bag has {n} {colour} and {n} {colour} marbles; what is the chance that two drawn are {colour}?
        The sum of {n} consecutive numbers is {k}; which is the smallest?
        A rectangle is {n} {unit} longer than wide with area {k}; find its sides.
        {who} is {n} years older than {who}; in {n} years the ages add to {n}; how old is each?
        How many ways can {n} {item}s be lined up if {n} of them are {colour}?""",
    "constraint": """
        Keep it {adjective}.
        No more than {n} sentences.
        Make it {adjective} but not too {adjective}.
        Answer as a table.
        Use bullet points.
        Please explain your reasoning.
        Think step by step.
        In the tone of a {job}.
        Give {n} options.
        Mention {where} and {food}.
        Be {adjective}, I am new to this.
        Without using the word "{item}".
        {write_out} {the_thoughts} {behind} {the_answer}.
        {also} how sure you are.""",
    "persona": """
        You are a {adjective} {job}.
        Act as a {job} with {n} years of experience.
        I want you to act as a {job} from {where}.
        You are an expert {job}.
        Pretend that you are my {relative}.
        You are a helpful assistant for a {business}.
        You are {a_strong} {expert} in {domain}.
        As {a_strong} {expert}, look at {domain} with me.
        You are {a_strong} software engineer.""",
    "paste": """
        Here is my text: {sentence} {sentence} {sentence}
        Here are my notes: {sentence} {sentence}
        Text: {sentence} {sentence} {sentence} {sentence}""",
    "sentence": """
        {who} met the {job} in {where} and spoke about {hobby} for {n} minutes.
        The {colour} {item} stood near the {business} since {year}.
        On the way to {where} we lost a {item} and found {n} {unit} of {food}.
        {who} thinks that {subject} is {adjective}, but {who} calls it {adjective}.
        Every {n} days the {animal} hides behind the {item}.
        It took {k} {unit} to move the {item} from {where} to {where}.
        Our {business} sold {k} {unit} last year, {pct} percent of it {food}.""",
    "code": """
        {verb_build} a {product} in {language} with {library}.
        My {language} function on a {structure} {failure}.
        How do I use {library} with {library} in {language}?
        {verb_build} a {structure} in {language} that handles {k} entries.
        Why does {library} give an error on line {k} when the {product} {failure}?
        Refactor my {product} so that the {structure} is tested.
        Write unit tests for the {product} in {language}.
        Convert this {language} code to {language}: a loop over {n} {structure} entries.
        What is the difference between a {structure} and a {structure} for a {product}?
        Write a {library} query that finds the {n} most {adjective} rows by {who}.
        Review my pull request: it adds a {structure} to the {product}.""",
    "code_detail": """
        It runs on {library} {n}.{n}.
        The {product} {failure} after {n} minutes.
        We must keep {language} and cannot add {library}.
        The log says error {k} in {who}_{structure_word}.
        There are {k} users and {n} tables.""",
    "structure_word": """
        service
        handler
        worker
        parser
        index
        loader""",
    "paste_code": """
        def {structure_word}_{k}(rows): return [r for r in rows if r > {k}]
        SELECT {structure_word}, count(*) FROM t{k} WHERE n > {n} GROUP BY 1
        Traceback: File "{structure_word}_{k}.py", line {n}, ValueError {k}
        for (let i = {n}; i < {k}; i++) {structure_word}(i);""",
    "chatter": """
        hi
        hello
        thanks!
        continue
        test
        are you there?
        what can you do?
        good morning
        tell me a joke
        thank you""",
    "followup": """
        continue
        thanks
        Make it shorter.
        Make it more {adjective}.
        And what about {food}?
        Can you add something on {subject}?
        No, I meant the {colour} {item}.
        ok, and for {n} people?
        Now do the same for {where}.
        Why?
        Rewrite it for a {job}.
        {who} did not like it, try {adjective} and {adjective}.
        It still {failure}.
        What if it costs {k} euros instead?
        Add a line about {who} and the {animal}.
        Give me the second option in detail, with {n} steps.""",
    "ask.zh": """
        帮我写一篇关于{zh_thing}的{zh_adj}文章，大约{k}字。
        请解释一下{zh_domain}，要{zh_adj}。
        {zh_thing}坏了怎么办？已经用了{n}年。
        把这句话翻译成英文：我{n}天前买了{zh_thing}。
        给我{n}个关于{zh_thing}的{zh_adj}建议。
        {who}想要{zh_thing}，预算{k}元，怎么选？""",
    "ask.ja": """
        {ja_thing}について{n}行で説明してください。
        {ja_thing}と{ja_thing}の違いは何ですか。
        {who}さんに{ja_thing}の件で丁寧なメールを書いて。{n}日までです。
        {n}分でできる{ja_thing}の練習を教えて。""",
    "ask.es": """
        ¿Cómo arreglo {es_thing} en {n} pasos?
        Escribe un texto sobre {es_thing} para {who}, de {k} palabras.
        Explícame {es_thing} como si tuviera {n} años.
        Necesito ideas para {es_thing} y {es_thing} con {k} euros.""",
    "ask.de": """
        Wie lange hält {de_thing}, wenn ich nur {n} Minuten am Tag habe?
        Schreib {who} eine Nachricht über {de_thing}, höchstens {n} Sätze.
        Was kostet {de_thing} ungefähr, reichen {k} Euro?
        Erkläre mir {de_thing} und {de_thing} im Vergleich.""",
    "ask.fr": """
        Comment préparer {fr_thing} en {n} jours ?
        Écris un message à {who} à propos de {fr_thing}.
        Donne-moi {n} idées pour {fr_thing}, budget {k} euros.
        Explique {fr_thing} simplement.""",
    "ask.pt": """
        Como resolver {pt_thing} em {n} dias?
        Escreva para {who} sobre {pt_thing}, com {k} palavras.
        Me dê {n} ideias para {pt_thing} e {pt_thing}.""",
    "ask.ru": """
        Как подготовить {ru_thing} за {n} дней?
        Напиши {who} сообщение: {ru_thing}, не больше {n} предложений.
        Объясни простыми словами: {ru_thing} и {ru_thing}, бюджет {k}.""",
}
