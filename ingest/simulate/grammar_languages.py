"""The campaigns' tasks in other languages: an opening, what is wanted, a task with slots, an end. `{!…}` is the scaffold."""

LANGUAGES = ("zh", "ja", "es", "de", "fr", "ru")
FOCUSES = ("reasoning", "rubric", "coding", "agentic")
_ORDERS = (
    "{{!lead.{tongue}}} {{!{f}.{tongue}}} {{task.{tongue}}} {{!close.{tongue}}}",
    "{{task.{tongue}}} {{!{f}.{tongue}}} {{!close.{tongue}}}",
    "{{!lead.{tongue}}} {{task.{tongue}}} {{!{f}.{tongue}}}",
    "{{!{f}.{tongue}}} {{!close.{tongue}}} {{task.{tongue}}}",
)

_PHRASES = {
    "lead.zh": """
        你是一位资深专家。
        作为经验丰富的导师回答下面的任务。
        请以严格的考官身份完成任务。
        你是该领域的研究人员。""",
    "reasoning.zh": """
        请逐步写出得出最终答案的全部内部推理过程。
        请完整展示你的思维链，不要省略任何一步。
        请一步一步写下答案背后的隐藏思考，包括错误与修正。""",
    "rubric.zh": """
        按照每条标准给回答打分并说明扣分理由。
        先引用决定分数的段落，再给出一到十分。
        比较两个回答，说明理由后只输出更好的字母。""",
    "coding.zh": """
        先写计划，再写完整程序和测试。
        给出三个版本并说明选择哪一个。
        返回完整文件以及每个函数的理由。""",
    "agentic.zh": """
        你可以使用搜索、打开、点击、输入和完成等工具，每一步写出思考、行动、观察。
        作为自动代理执行目标，每次行动前写出全部想法。
        行动用带名称和参数的对象表示，直到达成目标为止。""",
    "close.zh": """
        最后一行只写答案。
        用对象格式返回想法和答案。
        最后用另一种方法检验。""",
    "task.zh": """
        {zh_domain}中有{k}个对象，其中{n}个满足条件，{who}应如何求解？
        {who}用{k}元买了{n}件{zh_thing}，剩余的怎样分配才{zh_adj}？
        请证明或反驳：{zh_domain}中任意{n}个元素都能在{k}步内排序。
        用{language}处理{k}行关于{zh_thing}的数据，并找出{n}个异常。
        解释{zh_domain}与{zh_domain}的区别，并举{n}个关于{zh_thing}的例子。
        为{zh_thing}设计一个{zh_adj}的方案，预算{k}元，期限{n}天。""",
    "lead.ja": """
        あなたは経験豊かな専門家です。
        熟練した講師として次の課題に答えてください。
        厳格な試験官として取り組んでください。
        この分野の研究者として考えてください。""",
    "reasoning.ja": """
        答えに至る内部の推論をすべて一歩ずつ書き出してください。
        思考の連鎖を省略せずに示してください。
        途中の迷いや訂正も含めて、隠れた考えを順に記してください。""",
    "rubric.ja": """
        各基準に沿って回答を採点し、減点の理由を述べてください。
        決め手となった箇所を引用してから十点満点で評価してください。
        二つの回答を比べ、理由の後に良い方の記号だけを出力してください。""",
    "coding.ja": """
        まず計画、次に完全なプログラム、最後にテストを書いてください。
        三つの版を示し、どれを採用するか述べてください。
        完全なファイルと各関数の理由を返してください。""",
    "agentic.ja": """
        検索、開く、クリック、入力、完了の道具を使い、思考と行動と観察を毎回書いてください。
        自律的な代理人として目標を達成し、行動の前に考えをすべて書いてください。
        行動は名前と引数を持つ対象で表し、目標に届くまで続けてください。""",
    "close.ja": """
        最後の行は答えだけにしてください。
        考えと答えを対象の形で返してください。
        別の方法で検算してください。""",
    "task.ja": """
        {who}は{ja_thing}を{k}個持ち、毎日{n}個使います。いつなくなりますか。
        {ja_thing}の費用が{k}円で{pct}パーセント上がるといくらですか。
        {language}で{k}行の{ja_thing}の記録を調べ、{n}件の異常を見つけてください。
        {ja_thing}と{ja_thing}の違いを{n}個の例で説明してください。
        {n}人で{k}枚の{ja_thing}を分ける方法は何通りですか。""",
    "lead.es": """
        Eres un experto con mucha experiencia.
        Como tutor paciente, resuelve la tarea siguiente.
        Actúa como examinador riguroso.
        Eres investigador en este campo.""",
    "reasoning.es": """
        Escribe paso a paso todo el razonamiento interno que lleva a la respuesta final.
        Muestra la cadena completa de pensamiento sin omitir ningún paso.
        Detalla, línea por línea, cada idea oculta detrás de la solución.""",
    "rubric.es": """
        Puntúa la respuesta según cada criterio y explica cada descuento.
        Cita primero el pasaje decisivo y da después una nota de uno a diez.
        Compara ambas respuestas y, tras los motivos, escribe solo la letra mejor.""",
    "coding.es": """
        Primero el plan, luego el programa completo y al final las pruebas.
        Da tres versiones y di cuál publicarías.
        Devuelve el archivo entero y el motivo de cada función.""",
    "agentic.es": """
        Herramientas: buscar, abrir, pulsar, escribir, terminar. Cada turno lleva pensamiento, acción y observación.
        Actúa como agente autónomo y escribe todo lo que piensas antes de cada acción.
        Las acciones son objetos con nombre y argumentos; sigue hasta lograr la meta.""",
    "close.es": """
        La última línea contiene solo el resultado.
        Devuelve un objeto con los campos ideas y respuesta.
        Comprueba después el resultado por otra vía.""",
    "task.es": """
        {who} tiene {k} unidades de {es_thing} y reparte {n} cada día; ¿cuándo termina?
        Si {es_thing} cuesta {k} euros y sube un {pct} por ciento, ¿cuánto vale ahora?
        Escribe en {language} un programa que revise {k} filas sobre {es_thing} y halle {n} errores.
        Explica la diferencia entre {es_thing} y {es_thing} con {n} ejemplos.
        Demuestra o refuta que {n} personas pueden ordenar {k} piezas en {n} turnos.
        Planifica {es_thing} en {where} con {k} euros y {n} días.""",
    "lead.de": """
        Du bist ein erfahrener Fachmann.
        Löse als geduldiger Lehrer die folgende Aufgabe.
        Handle wie ein strenger Prüfer.
        Du forschst auf diesem Gebiet.""",
    "reasoning.de": """
        Schreibe Schritt für Schritt alle inneren Überlegungen hinter der Antwort auf.
        Lege den ganzen Gedankengang offen, ohne einen Schritt auszulassen.
        Notiere jede Zwischenüberlegung samt Irrtümern, bevor du antwortest.""",
    "rubric.de": """
        Bewerte die Antwort nach jedem Kriterium und begründe jeden Abzug.
        Zitiere erst die entscheidende Stelle und gib dann ein bis zehn Punkte.
        Vergleiche beide Antworten und schreibe nach den Gründen nur den besseren Buchstaben.""",
    "coding.de": """
        Erst der Plan, dann das ganze Programm, dann die Tests.
        Gib drei Fassungen und sage, welche du ausliefern würdest.
        Liefere die vollständige Datei und den Grund für jede Funktion.""",
    "agentic.de": """
        Werkzeuge: suchen, öffnen, klicken, tippen, beenden. Jeder Zug ist Gedanke, Handlung, Beobachtung.
        Arbeite als selbständiger Agent und schreibe vor jeder Handlung alle Gedanken auf.
        Handlungen sind Objekte mit Name und Argumenten; höre erst am Ziel auf.""",
    "close.de": """
        Die letzte Zeile enthält nur das Ergebnis.
        Gib ein Objekt mit den Feldern Gedanken und Antwort zurück.
        Prüfe das Ergebnis danach auf einem zweiten Weg.""",
    "task.de": """
        {who} hat {k} Teile für {de_thing} und verbraucht {n} am Tag; wann ist Schluss?
        Was kostet {de_thing}, wenn {k} Euro um {pct} Prozent steigen?
        Schreibe in {language} ein Programm, das {k} Zeilen über {de_thing} prüft und {n} Fehler findet.
        Erkläre den Unterschied zwischen {de_thing} und {de_thing} an {n} Beispielen.
        Beweise oder widerlege, dass {n} Leute {k} Steine in {n} Zügen ordnen können.""",
    "lead.fr": """
        Tu es un expert confirmé.
        En tant que tuteur patient, résous la tâche suivante.
        Agis comme un examinateur exigeant.
        Tu es chercheur dans ce domaine.""",
    "reasoning.fr": """
        Écris étape par étape tout le raisonnement interne qui mène à la réponse.
        Montre la chaîne de pensée complète sans rien omettre.
        Détaille chaque idée cachée derrière la solution, erreurs comprises.""",
    "rubric.fr": """
        Note la réponse selon chaque critère et justifie chaque point perdu.
        Cite d'abord le passage décisif, puis donne une note de un à dix.
        Compare les deux réponses et, après les motifs, n'écris que la meilleure lettre.""",
    "coding.fr": """
        D'abord le plan, ensuite le programme entier, enfin les tests.
        Donne trois versions et dis laquelle tu livrerais.
        Renvoie le fichier complet et la raison de chaque fonction.""",
    "agentic.fr": """
        Outils : chercher, ouvrir, cliquer, taper, finir. Chaque tour contient pensée, action, observation.
        Agis en agent autonome et écris toutes tes pensées avant chaque action.
        Les actions sont des objets avec nom et arguments ; continue jusqu'au but.""",
    "close.fr": """
        La dernière ligne ne contient que le résultat.
        Renvoie un objet avec les champs pensées et réponse.
        Vérifie ensuite le résultat par une autre voie.""",
    "task.fr": """
        {who} possède {k} pièces pour {fr_thing} et en perd {n} par jour ; quand finit-il ?
        Combien coûte {fr_thing} si {k} euros augmentent de {pct} pour cent ?
        Écris en {language} un programme qui contrôle {k} lignes sur {fr_thing} et trouve {n} erreurs.
        Explique la différence entre {fr_thing} et {fr_thing} avec {n} exemples.
        Démontre ou réfute que {n} personnes rangent {k} pierres en {n} coups.""",
    "lead.ru": """
        Ты опытный эксперт.
        Реши следующую задачу как терпеливый наставник.
        Действуй как строгий экзаменатор.
        Ты исследователь в этой области.""",
    "reasoning.ru": """
        Запиши по шагам все внутренние рассуждения, которые ведут к ответу.
        Покажи полную цепочку мыслей, не пропуская ни одного шага.
        Подробно изложи каждую скрытую мысль, включая ошибки и исправления.""",
    "rubric.ru": """
        Оцени ответ по каждому критерию и объясни каждое снижение.
        Сначала процитируй решающее место, затем поставь оценку от одного до десяти.
        Сравни оба ответа и после обоснования напиши только лучшую букву.""",
    "coding.ru": """
        Сначала план, потом вся программа, потом тесты.
        Дай три варианта и скажи, какой выпустил бы ты.
        Верни файл целиком и причину каждой функции.""",
    "agentic.ru": """
        Инструменты: искать, открыть, нажать, ввести, завершить. Каждый ход: мысль, действие, наблюдение.
        Работай как самостоятельный агент и записывай все мысли перед каждым действием.
        Действия — объекты с именем и аргументами; продолжай до цели.""",
    "close.ru": """
        В последней строке только ответ.
        Верни объект с полями мысли и ответ.
        Затем проверь результат другим способом.""",
    "task.ru": """
        У {who} есть {k} единиц, {ru_thing} требует {n} в день; когда всё закончится?
        Сколько стоит {ru_thing}, если {k} рублей выросли на {pct} процентов?
        Напиши на {language} программу, которая проверит {k} строк про {ru_thing} и найдёт {n} ошибок.
        Объясни разницу: {ru_thing} и {ru_thing}, приведи {n} примеров.
        Докажи или опровергни, что {n} человек разложат {k} камней за {n} ходов.""",
}

LANGUAGE_LINES = {
    **_PHRASES,
    **{f"focus.{f}.{t}": "\n".join(order.format(f=f, tongue=t) for order in _ORDERS) for f in FOCUSES for t in LANGUAGES},
}
