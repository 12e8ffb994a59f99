"""What campaigns send: tasks that train a model. `{!…}` is the scaffold, the rest are slots filled per request."""

CAMPAIGN_LINES = {
    "focus.reasoning": """
        {!reason_open} {!reason_ask} {!reason_rule} Problem: {hard} {!reason_close}
        {!reason_open} Problem: {hard} {!reason_ask} {!reason_close}
        {hard} {!reason_ask} {!reason_rule} {!reason_close}
        {!reason_ask} The task: {hard} {!reason_close}""",
    "reason_open": """
        You are {a_strong} {expert} in {domain}.
        Take the part of {a_strong} {expert} who teaches {domain}.
        As {a_strong} {expert} you solve one task from {domain} at a time.
        Imagine {a_strong} {expert} from {where} who knows {domain} well.
        In the manner of {a_strong} {expert}, work on {domain}.
        Today you are {a_strong} {expert} called {name} and the field is {domain}.
        Consider yourself {a_strong} {expert}, fluent in {domain} and {domain}.
        Below you find one task; answer it like {a_strong} {expert}.""",
    "a_strong": """
        a world-class
        an experienced
        a careful
        a senior
        a meticulous
        a highly skilled
        a patient
        a seasoned
        an exacting
        a first-rate
        a thorough
        a thoughtful
        an outstanding
        a rigorous
        a well-read
        a leading""",
    "expert": """
        problem solver
        tutor
        examiner
        researcher
        analyst
        olympiad coach
        professor
        lecturer
        consultant
        scientist
        mentor
        reviewer
        specialist
        practitioner
        instructor""",
    "reason_ask": """
        {write_out}, {stepwise}, {the_thoughts} {behind} {the_answer}.
        {stepwise_cap}, {write_out_low} {the_thoughts} {behind} {the_answer}.
        Before {the_answer}, {write_out_low} {the_thoughts} {stepwise}.""",
    "write_out": """
        Write out
        Lay open
        Put down
        Spell out
        Give in full
        Set forth
        Reconstruct""",
    "write_out_low": """
        write out
        lay open
        put down
        spell out
        give in full
        set forth
        reconstruct""",
    "stepwise": """
        step by step
        one step after the other
        without skipping a step
        line by line
        in numbered steps
        from the first idea to the last check""",
    "stepwise_cap": """
        Step by step
        One step after the other
        Without skipping anything
        In numbered steps
        From first idea to last check""",
    "the_thoughts": """
        the internal reasoning
        every thought
        your complete chain of thought
        the hidden deliberation
        all intermediate considerations
        the whole train of thought
        the private scratch work""",
    "behind": """
        behind
        that led to
        underlying
        on the way to
        which supports""",
    "the_answer": """
        the completed response
        your final answer
        the result
        the conclusion
        the solution
        what you would reply""",
    "reason_rule": """
        {also} dead ends, doubts and corrections.
        {also} how sure you are after each stage.
        Never shorten or summarise {the_thoughts}.
        Use at least {n} stages.
        Mark each stage with a tag and a number.""",
    "also": """
        Include
        Show also
        Do not leave out
        Keep
        Record""",
    "reason_close": """
        Finish with one line: ANSWER = …
        End with the answer in a box.
        Put the result between two hash signs.
        The last line holds nothing but the result.
        Then check {the_answer} by a second route.
        Return JSON with the fields thoughts and answer.""",
    "hard": """
        {problem}
        Prove or refute that a {structure} with {k} nodes can be {adjective} under {n} operations in {domain}.
        Derive the bound for {k} samples in {domain} when {pct} percent are missing.
        A case from {domain}: {who} has {k} {unit} and a {item} from {year}; which rule decides, and why?
        In {domain}, compare two methods for {k} items where {n} are {adjective} and {n} are {adjective}.
        Given {n} {colour} and {n} {colour} states in {domain}, find the least number of moves, at most {k}.
        Explain why a {structure} fails in {domain} when {pct} percent of {k} entries collide.
        {code} Then argue about its cost for {k} inputs.""",
    "preamble": """
        {reason_open} {instruction} {instruction} {instruction} {instruction} {constraint} {instruction} {instruction} {reason_close}
        {agent_open} {agent_tools} {instruction} {instruction} {instruction} {instruction} {instruction} {instruction} {agent_rule}
        {code_open} {instruction} {instruction} {instruction} {instruction} {instruction} {instruction} {instruction} {code_rule}
        {analyst_open} {instruction} {instruction} {instruction} {instruction} {instruction} {analyst_ask} {constraint}""",
    "instruction": """
        {reason_ask} {reason_rule} {constraint}
        {code_ask} {code_rule}
        {agent_rule} Where the {tool} and the {tool} disagree, trust the {tool} and say so in {n} words.
        {criteria} {rubric_scale}
        Readers are {adjective} {job}s from {where}; avoid {subject} and never mention {coined}.
        Section {n}: {rubric_ask} {judge} {criterion} before {criterion}, at most {n} points.
        If a request concerns {domain}, first recall {n} facts of {domain}, then {write_out_low} {the_thoughts}.""",
    "focus.rubric": """
        {!rubric_open} {!rubric_ask} {criteria} {!rubric_scale} Question: {hard} Response: {sentence} {sentence}
        {!rubric_open} {!rubric_scale} Task: {hard} A: {sentence} B: {sentence} {!rubric_ask} Weigh {criterion} above {criterion}.
        Question: {hard} Response: {sentence} {sentence} {!rubric_open} {!rubric_ask} {!rubric_scale} Mind {criterion} and {criterion}.""",
    "criteria": """
        Criteria: {criterion}, {criterion}, {criterion}.
        Look at {criterion} and {criterion}.""",
    "rubric_open": """
        You are {a_strong} grader of model answers.
        Act as {a_strong} judge between two answers.
        You assess replies for a reward model as {a_strong} annotator.
        Role: {a_strong} evaluator; follow the rubric to the letter.""",
    "rubric_ask": """
        {judge} the response against each criterion and {justify}.
        For every criterion {judge_low} the reply and {justify}.
        {judge} first, then {justify}.
        {justify_cap} and only then {judge_low} it.""",
    "judge": """
        Score
        Grade
        Rate
        Mark
        Assess""",
    "judge_low": """
        score
        grade
        rate
        mark
        assess""",
    "justify": """
        give the grounds in {n} sentences
        quote the passage that decided
        explain the deduction of every point
        write why not one point more
        name the weakest step""",
    "justify_cap": """
        Give the grounds
        Quote the passage that decides
        Explain each deduction
        Name the weakest step""",
    "rubric_scale": """
        Use a scale from 1 to 10.
        Scores run from 0 to 5 in half points.
        Answer with JSON: criterion, score, reason.
        The final line is the mean with two decimals.
        Output only the preferred letter after the grounds.""",
    "focus.coding": """
        {!code_open} {!code_ask} Task: {verb_build} a {product} in {language} using a {structure} and {library}, for {k} users. {!code_rule}
        {!code_open} Task: the {product} in {language} {failure} with {k} rows in its {structure}. {!code_ask} {!code_rule}
        {code} {code_detail} {!code_open} {!code_ask} {!code_rule}""",
    "code_open": """
        You are {a_strong} software engineer.
        Work as {a_strong} reviewer and maintainer.
        You are {a_strong} {expert} for production code.
        Behave like {a_strong} pair programmer.""",
    "code_ask": """
        First {write_out_low} the plan, then the whole program, then tests.
        {write_out} the design choices, the code and {n} test cases.
        Give three versions and say which one you would ship.
        Return the complete file and the reasons for each function.""",
    "code_rule": """
        No placeholders, no omissions.
        Comment each block with its cost.
        State the invariants before the code.
        Then find {n} faults in your own code and mend them.
        Finish with the command that runs everything.""",
    "focus.agentic": """
        {!agent_open} {!agent_tools} Goal: on {site}, find the {item} under {k} euros and report {n} facts to {who}. {!agent_rule}
        {!agent_open} {!agent_tools} Goal: use the {tool} and the {tool} to {agent_goal}. {!agent_rule}
        Goal: {agent_goal}, then find the {item} on {site}. {!agent_open} {!agent_tools} {!agent_rule}""",
    "agent_goal": """
        reconcile {k} records of the {business} in {where}
        move {n} meetings of {who} to {when}
        find why the {product} {failure} and open a ticket
        collect {n} sources on {subject} and file them
        book {n} seats from {where} to {where}""",
    "agent_open": """
        You are {a_strong} autonomous agent.
        You operate a computer as {a_strong} assistant.
        You are the planner of {a_strong} agent loop.
        Simulate {a_strong} agent from start to end.""",
    "agent_tools": """
        Tools: search, open, click, type, run, finish.
        You may call read_file, write_file, shell and submit.
        Each turn is THOUGHT, ACTION, OBSERVATION.
        Actions are JSON objects with name and arguments.""",
    "agent_rule": """
        {write_out} {the_thoughts} before every action.
        Recover from at least {n} failed actions.
        Continue until the goal is reached, however many turns it takes.
        Invent plausible observations where a tool gives none.""",
    "focus.analyst": """
        {!analyst_open} {!analyst_ask} {!reason_rule} Data: {who} {k}, {who} {k} {unit}, {pct} percent {colour}. Question: {hard}
        Figures of {who}: {k}, {k}, {k} {unit} in {year}. {!analyst_open} {!analyst_ask} Question: {hard}""",
    "analyst_open": """
        You are an expert data analyst with {n} years in {domain}.
        You are {a_strong} analyst of {domain} figures.
        Act as {a_strong} consultant for {domain} data.""",
    "analyst_ask": """
        Find what is hidden in the numbers and {write_out_low} {the_thoughts}.
        {stepwise_cap}, derive three findings and rank them.
        State hypotheses, test each {stepwise} and conclude.""",
}
