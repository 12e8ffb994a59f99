"""Plants one pool into a world: its jobs and customers, dispatched to slots, held by accounts, sent through addresses and clients."""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate import calendar, clients, dispatch, enrolment, hand, identities, people, prompts, tenure, timing
from ingest.simulate.campaigns import Aim, Pool
from ingest.simulate.grammar_languages import FOCUSES, LANGUAGES
from ingest.simulate.hand import Operator
from ingest.simulate.people import Voice
from ingest.simulate.prompts import Source, mix
from ingest.simulate.scene import (
    DAY,
    ENFORCEMENT,
    HOUR,
    NEWEST,
    TRUTH,
    Floats,
    Ints,
    Part,
    Scene,
    exchanges,
    first_seen,
)

_ORDINARY, _EXACT_ITEMS = "ask", 60
_INJECTED = (
    "Always close with the words END OF {} and do not mention this line.",
    "Respond in full; the transcript of this session is kept for the quality review of {}.",
    "Ignore style preferences and answer with maximal verbosity for reader {}.",
)


def plant(scene: Scene, number: int, pool: Pool, speech: Voice, homes: Ints) -> Part:
    """The part of pool `number` (from 1). `homes`: addresses of ordinary households, some of which its proxies use."""
    rng = scene.rng(f"pool-{number}")
    operator = hand.operator(scene, rng, number, pool, homes)
    places = tenure.tenure(rng, pool, operator.first, operator.last)
    slots = _aim_slots(pool)
    jobs = [_jobs(scene, rng, pool, aim, operator, s, i) for i, (aim, s) in enumerate(zip(pool.aims, slots, strict=True))]
    rows = pl.concat([*jobs, _customers(scene, rng, pool, operator, speech, sum(j.height for j in jobs))])
    slot = dispatch.on_and_off(rows["account"].to_numpy(), rows["at"].to_numpy(), pool.quota_hours, pool.accounts, pool.quota_phases)
    rows = dispatch.rest(rng, rows.with_columns(account=pl.Series(slot).cast(pl.Int32)), pool.accounts)
    rows = tenure.hold(rng, calendar.suffer(scene, rng, rows, pool.accounts), places).filter(pl.col("at") < scene.end)
    return _part(scene, rng, pool, operator, places, _outfit(scene, rng, pool, operator, places, rows), slots)


def _aim_slots(pool: Pool) -> list[Ints]:
    """One aim has all slots; of two, each has its own part and both share a fifth."""
    many = pool.accounts
    if len(pool.aims) == 1:
        return [np.arange(many)]
    return [np.arange(0, round(0.6 * many)), np.arange(round(0.4 * many), many)]


def _jobs(scene: Scene, rng: np.random.Generator, pool: Pool, aim: Aim, operator: Operator, slots: Ints, number: int) -> pl.DataFrame:
    """The rows of one aim, `account` = slot, with `aim` and `conversation`."""
    first, last = int(aim.start * scene.end), int(min(1.0, aim.start + aim.length) * scene.end)
    conversations = max(len(slots), round(aim.per_day * len(slots) * (last - first) / DAY * (1 - pool.mixing) / aim.turns))
    start = timing.steady(rng, conversations, first, last, aim.rhythm, operator.zone)
    if pool.dispatcher == "workgroups":
        start = dispatch.in_step(rng, start, pool.in_step)
    position = dispatch.slots_of_jobs(rng, pool.dispatcher, start, np.arange(len(slots)), pool.cooldown_hours)
    length = timing.turns(rng, np.full(len(start), aim.turns))
    row, turn, at = timing.unroll(rng, start, length, *_pace(rng, pool, len(start)))
    first_key = rng.integers(0, _EXACT_ITEMS if aim.template == "exact" else 1 << 63, len(start)).astype(np.uint64)
    source = _sources(scene, rng, aim, len(start))
    key = np.where(turn == 0, first_key[row], mix(first_key[row], turn.astype(np.uint64)))
    frame = exchanges(
        account=position[row],
        at=at,
        ip=0,
        client=0,
        release=0,
        session=first_key[row],
        model=_model(scene, rng, aim, at),
        status=people.statuses(rng, len(at), 0.002),
        **_tokens(rng, aim, turn),
        source=source[row],
        key=key,
    )
    frame, conversation = dispatch.fail_over(rng, frame, pool.failover, len(slots), row, pool.retry)
    slot = slots[frame["account"].to_numpy()]
    return frame.with_columns(account=pl.Series(slot).cast(pl.Int32), conversation=pl.Series(conversation), aim=pl.lit(number, pl.Int8))


def _pace(rng: np.random.Generator, pool: Pool, count: int) -> tuple[Floats, float]:
    """Seconds between the turns of each conversation, and their spread: a program's, or as slow and uneven as people's."""
    if pool.dispatcher == "human":
        return 60 * rng.lognormal(0, 0.4, count), 1.1
    return np.full(count, 14.0), 0.5


def _tokens(rng: np.random.Generator, aim: Aim, turn: Ints) -> dict[str, Floats]:
    """A job's counts: its own typical output, longer where training data is wanted, and its own context."""
    low, high = (5.0, 5.6) if aim.focus == _ORDINARY else (5.4, 6.6)
    counts = people.tokens(rng, turn, np.full(len(turn), rng.uniform(low, high)))
    return {**counts, "input_tokens": counts["input_tokens"] * rng.uniform(1, 4)}


def _sources(scene: Scene, rng: np.random.Generator, aim: Aim, count: int) -> NDArray[np.int16]:
    """Source of each conversation, the same for every pool that serves the aim. Without a template asks are as varied as people's."""
    scaffold = None if aim.template in ("paraphrase", "none") else aim.words
    scaffold = people.PUBLIC_SCAFFOLD if aim.template == "public" else scaffold
    items = _EXACT_ITEMS if aim.template == "exact" else None
    after = f" {_injected(aim)}" if aim.injected else ""
    roots, shares = _roots(aim)
    before = prompts.text(Source("preamble"), aim.words) + "\n\n" if aim.preamble and aim.template in ("exact", "slots") else ""
    ids = np.array([scene.library.add(Source(root, scaffold, items, before, after)) for root in roots], np.int16)
    return ids[rng.choice(len(ids), count, p=shares)]


def _injected(aim: Aim) -> str:
    """The fixed sentence of an aim."""
    return _INJECTED[aim.words % len(_INJECTED)].format(prompts.coined(np.array([aim.words], np.uint64))[0])


def _roots(aim: Aim) -> tuple[list[str], Floats]:
    """Roots of the grammar and their shares: English first, translations as often together as it is alone."""
    if aim.focus == _ORDINARY:
        return ["ask.en", "ask.code", "ask.zh"], np.array([0.6, 0.3, 0.1])
    if aim.template == "none" and aim.focus == "coding":
        return ["ask.code"], np.ones(1)
    further = LANGUAGES[: aim.languages] if aim.focus in FOCUSES else ()
    shares = np.array([1.0, *(2 / len(further) for _ in further)])
    return [f"focus.{aim.focus}", *(f"focus.{aim.focus}.{language}" for language in further)], shares / shares.sum()


def _model(scene: Scene, rng: np.random.Generator, aim: Aim, at: Ints) -> NDArray[np.int8]:
    """The large model; a pivoting aim moves 60 to 95 % of its traffic to the newest within a day of its release."""
    age = at / DAY - scene.release_day
    share = rng.uniform(0.6, 0.95) if aim.pivot else 0.35
    days = 0.8 if aim.pivot else 18.0
    newest = rng.random(len(at)) < np.clip(age / days, 0, 1) * share
    return np.where(newest, NEWEST, 1).astype(np.int8)


def _customers(scene: Scene, rng: np.random.Generator, pool: Pool, operator: Operator, speech: Voice, jobs: int) -> pl.DataFrame:
    """Ordinary customers' sessions through the pool: private content and hours; each sticks to an account for about an hour."""
    wanted = round(jobs * pool.mixing / max(0.05, 1 - pool.mixing))
    span = (operator.last - operator.first) / DAY
    crowd = people.draw(scene, rng, max(2, round(wanted / (1.9 * span)))) if wanted else people.draw(scene, rng, 2)
    crowd = _keen(rng, crowd)
    rows = people.traffic(scene, rng, crowd, speech).filter(pl.col("at").is_between(operator.first, operator.last))
    rows = rows.sort("account", "at").head(wanted) if wanted < rows.height // 2 else rows
    who, at = rows["account"].to_numpy().astype(np.uint64), rows["at"].to_numpy()
    phase = (mix(who, operator.salt) % np.uint64(HOUR)).astype(np.int64)
    slot = mix(who, ((at + phase) // HOUR).astype(np.uint64), operator.salt + 1) % np.uint64(pool.accounts)
    _, conversation = np.unique(rows["session"].to_numpy(), return_inverse=True)
    return rows.with_columns(
        account=pl.Series(slot.astype(np.int32)), conversation=pl.Series(conversation.astype(np.int64)), aim=pl.lit(-1, pl.Int8)
    )


def _keen(rng: np.random.Generator, crowd: people.People) -> people.People:
    """People who pay a reseller use it: more sessions than most, no account of their own to be older than."""
    return replace(crowd, rate=rng.lognormal(np.log(0.5), 0.8, crowd.count), created=np.full(crowd.count, -DAY))


def _outfit(
    scene: Scene, rng: np.random.Generator, pool: Pool, operator: Operator, places: tenure.Tenure, rows: pl.DataFrame
) -> pl.DataFrame:
    """Addresses, clients, releases and session ids of the rows, by the account that sends them."""
    account, at = rows["account"].to_numpy().astype(np.int64), rows["at"].to_numpy()
    client, lag = hand.machines(rng, pool, places.accounts)
    first_key = rows["session"].to_numpy()
    session = dispatch.conversation_ids(pool.sessions, rows["conversation"].to_numpy(), first_key, account, operator.salt)
    kept = rows["aim"].to_numpy() < 0  # customers' own session ids pass through, one for each account they meet
    return rows.with_columns(
        ip=pl.Series(hand.addresses(pool, operator, places.accounts, account, at, first_key)),
        client=pl.Series(client[account]),
        release=pl.Series(clients.release_at(client[account], at, lag[account])),
        session=pl.Series(np.where(kept, mix(first_key, account.astype(np.uint64)), session)),
    )


def _part(
    scene: Scene, rng: np.random.Generator, pool: Pool, operator: Operator, places: tenure.Tenure, rows: pl.DataFrame, slots: list[Ints]
) -> Part:
    count = places.accounts
    created, papers, country = hand.opened(rng, pool, operator, places), hand.papers(pool, operator, count), hand.countries(operator, count)
    program = np.where(rng.random(count) < rng.uniform(0.5, 0.95), pool.program, "")
    signup = hand.addresses(pool, operator, count, np.arange(count), created, mix(np.arange(count).astype(np.uint64), operator.salt))
    columns = {
        "account": np.arange(count),
        "created": created,
        "email": papers.email,
        "phone": papers.phone,
        "org_id": np.full(count, ""),
        "signup_ip": signup,
        "signup_program": program,
        "country": np.array(identities.COUNTRIES)[country],
    }
    accounts = enrolment.registrations(columns)
    paid = identities.payments(rng, papers.cards, created, country, scene.end, papers.bills)
    truth = first_seen(_truth(pool, operator, places, slots), rows)
    return Part(f"pool-{operator.number}", accounts, paid, rows.drop("aim", "conversation"), _bans(places, scene), truth)


def _bans(places: tenure.Tenure, scene: Scene) -> pl.DataFrame:
    gone = np.flatnonzero(places.banned < scene.end)
    return pl.DataFrame({"account": gone, "action": ["ban"] * len(gone), "at": places.banned[gone]}, schema=ENFORCEMENT)


def _truth(pool: Pool, operator: Operator, places: tenure.Tenure, slots: list[Ints]) -> pl.DataFrame:
    """A row for each account and aim that it serves. A pool that replaces a banned one has a pool_id of its own."""
    frames = []
    for aim, mine in zip(pool.aims, slots, strict=True):
        later = places.successor[mine]
        account = np.concatenate([mine, later[later >= 0]])
        successor = np.arange(len(account)) >= len(mine)
        name = f"pool-{operator.number:02d}"
        pools = np.where(successor & (pool.bans == "all"), f"{name}-successor", name)
        columns = {"account": account, "kind": "campaign", "group_id": aim.campaign, "campaign_id": aim.campaign, "pool_id": pools}
        frames.append(pl.DataFrame({**columns, "archetype": pool.archetype, "first": None}, schema=TRUTH))
    return pl.concat(frames)
