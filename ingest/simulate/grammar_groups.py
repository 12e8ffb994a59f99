"""What classes, firms and scheduled jobs ask. `{!…}` is the scaffold that each group has of its own."""

GROUP_LINES = {
    "assignment": """
        {assign_verb} {!subject} and {!subject}, {assign_how}.
        {assign_verb} how {!subject} shaped {!subject}, {assign_how}. {situation}
        I have homework: {assign_verb} {!subject} compared with {!subject}. {constraint}
        my teacher wants {n} lines on {!subject}, especially {!subject}. {assign_verb} it {assign_how}
        {assign_verb} the main causes of {!subject} {assign_how}; we also did {!subject} in class""",
    "assign_verb": """
        Explain
        Describe
        help me with
        Write an essay on
        Can you outline
        discuss
        Summarise
        I need to understand""",
    "assign_how": """
        in {n} sentences
        in my own simple words
        with two examples
        as if I were {n}
        with sources
        for {when}
        not too long
        so that it sounds {adjective}""",
    "firm": """
        {!firm_role} {!firm_task} {!firm_rule} Customer: {who} from {where}, order {k}: {item}, {n} {unit}.
        {!firm_role} {!firm_task} {!firm_rule} Record {k}: {sentence}""",
    "firm_role": """
        You are the assistant of our {business} in {where}.
        You write for a {business}; the house style is {adjective} and {adjective}.
        Role: back-office clerk of a {business}.""",
    "firm_task": """
        Draft a {adjective} reply and suggest the next step.
        Summarise the case in {n} bullet points for a {job}.
        Classify the request as order, complaint or question and answer it.
        Turn it into a {channel} of {n} lines.""",
    "firm_rule": """
        Never promise a refund above {k} euros.
        Always mention the {item} warranty.
        Sign as {who}.
        Use {adjective} language and no abbreviations.""",
    "cron": """
        {!cron_task} Values: {n}, {n}, {k}, {pct} percent, {k}.
        {!cron_task} Latest: {sentence}""",
    "cron_task": """
        Daily report for the {business} in {where}: write {n} lines.
        Summarise the overnight log of the {product} for {who}.
        Check these sensor values of the {item} and name what is odd.
        Make a headline for the {channel} about {subject}.""",
}
