"""`inboxd show`: one mail's story in the order in which it happened, and the chain of custody of each of its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import click

from inboxd.archive import DOCUMENTS, MAIL, Archive
from inboxd.cli.clocks import WHO
from inboxd.cli.showing import clean, shown
from inboxd.ladder import STEPS
from inboxd.plan import Relation
from inboxd.store.outgoing import state_of

Shown = Callable[[object], str]
_FILED = {
    "attached": "attached to record",
    "due": "on its way to record",
    "refused": "refused by the register for record",
}


def with_places(story: Mapping[str, Any], archive: Archive) -> dict[str, Any]:
    """The story with the path under which the bytes of each file lie."""
    return {**story, "custody": [{**file, "lies_in": _lies_in(file, archive)} for file in story["custody"]]}


def _lies_in(file: Mapping[str, Any], archive: Archive) -> str:
    if not file["kept_in"]:
        return ""
    return str(archive.path(file["kept_in"], file["digest" if _by_itself(file) else "mail_digest"]))


def _by_itself(file: Mapping[str, Any]) -> bool:
    """Whether a file has its own place in the archive; others lie inside their raw mail."""
    return bool(file["kept_in"] == DOCUMENTS)


def tell(story: Mapping[str, Any], zone: ZoneInfo, archive: Archive) -> None:
    """Print the story."""
    for line in lines(story, zone, archive):
        click.echo(line)


def lines(story: Mapping[str, Any], zone: ZoneInfo, archive: Archive) -> Iterator[str]:
    """The story line by line."""
    mail = story["mail"]

    def at(value: object) -> str:
        return shown(value, zone)

    yield from _tombstone(story, at)
    yield f"Mail {mail['id']}: {clean(mail['subject']) or '(no subject)'}"
    yield f"  from {clean(mail['sender']) or '(no sender)'}, received {at(mail['arrived_at'])}, {mail['size']} bytes"
    yield f"  raw message sha256 {mail['digest']}"
    yield f"  taken {at(mail['taken_at'])}, lies in {archive.path(MAIL, mail['digest'])}"
    yield f"  state {mail['state']}" + (f", held: {mail['held_reason']}" if mail["held_reason"] else "")
    if mail["held_detail"]:
        yield f"  {clean(mail['held_detail'])}"
    if mail["decided_at"] is not None:
        yield f"Decided {at(mail['decided_at'])}: {mail['route']} by rule {mail['rule']}"
        yield f"  because {clean(mail['because'])}"
    yield from _words_read(story, "")
    yield from days_named(mail["dates"] or ())
    yield from not_found(mail["looked_for"])
    if mail["rules_version"]:
        yield f"  by rules version {mail['rules_version'][:12]}"
    for defect in mail["defects"]:
        yield f"  defect of the mail: {clean(defect)}"
    yield from _documents(story, at, archive)
    yield from _cases(story, at)
    stopped = story.get("stopped", ())
    for effect in story["effects"]:
        what = f" {effect['template']} to {clean(effect['recipient'])}" if effect["kind"] == "send" else ""
        # a mail that the server took and that came back has both
        said = clean("; ".join(text for text in (effect["answer"], effect["last_error"]) if text))
        state, tries = state_of(effect, is_stopped=effect["id"] in stopped), f"{effect['attempts']} attempts"
        yield f"Effect {effect['id']}: {effect['kind']}{what}: {state}, {tries}. {said}"
        if effect["state"] == "due" and effect["hold"] is not None:
            yield f"  held by a person: {clean(effect['hold'])}; `inboxd outbox release {effect['id']}` lets it go"
        elif effect["id"] in stopped:
            yield "  outgoing mail is stopped; `inboxd outbox list` says why, and how to let it go"
        if effect["state"] == "due" and effect["data_at"] is not None:
            sent_at = at(effect["data_at"])
            yield f"  its text went out {sent_at} and no answer came; it is looked for before it is sent again"
        if effect["kind"] == "send":
            yield f"  Message-ID {effect['message_id']}, template version {effect['template_version'][:12]}"
            yield f"  kept as sent: {archive.path('sent', effect['payload']['digest'])}"
    for sighting in story["sightings"]:
        now = f"now in {sighting['folder_now']} UID {sighting['uid_now'] or '?'}"
        if not sighting["folder_now"]:
            now = "now in no folder of ours: somebody deleted it or took it away"
        yield f"Copy seen {at(sighting['seen_at'])} in {sighting['folder']} UID {sighting['uid']}; {now}"
    for event in story["events"]:
        detail = " ".join(
            f"{key}={clean(str(value))}" for key, value in event["detail"].items() if value not in ("", None)
        )
        yield f"  {at(event['at'])}  {event['event']}  {event['actor']}  {detail}".rstrip()


def _tombstone(story: Mapping[str, Any], at: Shown) -> Iterator[str]:
    if stone := story.get("purged"):
        yield f"Purged {at(stone['at'])} by {clean(stone['actor'])}, kept as {stone['kept']} until then"
        yield f"  last used {at(stone['last_used'])}; what is left: ids, digests, times, and what was decided"


def _documents(story: Mapping[str, Any], at: Shown, archive: Archive) -> Iterator[str]:
    instruction = story["mail"]["instruction"]
    if instruction:
        given = " ".join(clean(str(instruction[name])) for name in ("number", "reason") if instruction.get(name))
        yield f"A person decided: {instruction['action']} {given}".rstrip() + f", by {clean(instruction['actor'])}"
    yield from (_settling(each, story["mail"]["id"], at) for each in story["settlings"])
    for submission in story["submissions"]:
        reasons = f" ({', '.join(submission['reasons'])})" if submission["reasons"] else ""
        verified = f", second identifier: {submission['verified_by']}" if submission["verified_by"] else ""
        yield f"Documents for {submission['number'] or '(no record)'}: {submission['outcome']}{reasons}{verified}"
        for label, codes in (
            ("missing", submission["missing"]),
            ("information found", submission["also_said"]),
            ("links to files elsewhere", submission["links"]),
        ):
            if codes:
                yield f"  {label}: {clean(', '.join(codes))}"
        if submission["consent"]:
            yield f'  consent, in its words: "{clean(submission["consent"])}"'
    for file in with_places(story, archive)["custody"]:
        yield from _file(file, at)


def _settling(each: Mapping[str, Any], mail_id: int, at: Shown) -> str:
    """How a later mail settled these documents, or which ones this mail settled."""
    completes = each["relation"] == Relation.COMPLETES
    if each["mail_id"] == mail_id:
        gave = f", which gave {each['number']}" if each["number"] and completes else ""
        done = f"Completed by mail {each['by_mail_id']}" if completes else f"Sent again with mail {each['by_mail_id']}"
        return f"{done} {at(each['at'])}{gave}"
    stands = "being judged again" if each["state"] == "taken" else each["outcome"]
    done = "Completes the documents of mail" if completes else "Brings the documents of mail"
    return f"{done} {each['mail_id']}{'' if completes else ' again'}: {stands}"


def _file(file: Mapping[str, Any], at: Shown) -> Iterator[str]:
    """The chain of custody of one file; who sent it and who decided stands above it, with the mail."""
    outcome = file["outcome"] or "kept with the mail"
    reason = f" ({file['reason']})" if file["reason"] else ""
    yield f"  file {file['path']} {clean(file['place'])}: {outcome}{reason}"
    if file["original_name"] != file["safe_name"]:
        yield f"    its name as sent: {clean(file['original_name']) or '(none)'}"
    if not file["kept_in"]:
        yield f"    about {file['size']} bytes, declared {clean(file['declared_type'])}; it was never fetched"
        return
    declared = "" if file["declared_type"] == file["sniffed_type"] else f" (declared {clean(file['declared_type'])})"
    yield f"    {file['size']} bytes, {clean(file['sniffed_type'])}{declared}, sha256 {file['digest']}"
    if file["finding"]:
        yield f"    the look inside: {clean(file['finding'])}"
    for filing in file["filings"]:
        said = f"; the register said: {clean(filing['answer'])}" if filing["answer"] else ""
        by = "" if filing["by_mail"] == file["mail_id"] else f" by mail {filing['by_mail']}"
        when = at(filing["attached_at"] or filing["decided_at"])
        yield f"    {_FILED[filing['state']]} {filing['number']} {when}{by}{said}"
    yield f"    lies in {file['lies_in']}" + ("" if _by_itself(file) else f", inside the raw message at {file['path']}")


def _words_read(story: Mapping[str, Any], reference: str) -> Iterator[str]:
    """What was read for one of several cases in a mail; with no reference, what was read for none of those it has."""
    mail, known = story["mail"], {case["reference"] for case in story["cases"]}
    indent = "    " if reference else "  "

    def wanted(item: Mapping[str, Any]) -> bool:
        case = item.get("case", "")
        return case == reference if reference else case not in known

    for hit in filter(wanted, mail["hits"]):
        words = clean(hit["words"])
        if hit["where"] == "opinion":
            yield f"{indent}{hit['criterion']}: {hit['category']}, {words}"
            continue
        yield f'{indent}hit {hit["criterion"]} ({hit["category"]}): "{words}" in {hit["where"]} at {hit["start"]}'
    for item in filter(wanted, mail["excluded"]):
        yield f'{indent}set aside {item["criterion"] or "in general"}: "{clean(item["words"])}" ({item["because"]})'


def days_named(dates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The days that the mail names, and which days these are; each spelling once."""
    told: dict[str, None] = {}
    for item in dates:
        first, last = (date.fromisoformat(str(item[key])) for key in ("first", "last"))
        until = "" if first == last else f" to {last:%A %Y-%m-%d}"
        unsure = "" if item["sure"] else ", or another that is called so"
        told[f'  day "{clean(" ".join(item["words"].split()))}" is {first:%A %Y-%m-%d}{until}{unsure}'] = None
    yield from told


def not_found(looked_for: Sequence[str]) -> Iterator[str]:
    """Criteria that were looked for in vain."""
    if looked_for:
        yield f"  looked for and not found: {', '.join(looked_for)}"


def _cases(story: Mapping[str, Any], at: Shown) -> Iterator[str]:
    for case in story["cases"]:
        yield f"Case {case['reference']} ({case['relation']}): {case['category']}, {case['state']}"
        clock = f"clock starts {at(case['clock_start'])}, reply by {at(case['reply_by'])}"
        yield f"  received {at(case['received'])}, {clock}"
        if case["action_by"] is not None:
            yield f"  action by {at(case['action_by'])}"
        for step in case["steps"]:
            yield f"    {step}"
        yield f"    calendar {case['calendar_version'][:12]}"
        yield from _words_read(story, case["reference"])
    yield from corrections(story["overrides"], at)
    names = {case["id"]: f" of {case['reference']}" for case in story["cases"]} if len(story["cases"]) > 1 else {}
    for timer in story["timers"]:
        rang = f" {at(timer['fired_at'])}" if timer["fired_at"] is not None else ""
        told = f", to {WHO[STEPS[timer['kind']].to]}"
        yield (
            f"  timer {timer['kind']}{names.get(timer['case_id'], '')}: {timer['state']}{rang}, "
            f"due {at(timer['due_at'])}{told}"
        )


def corrections(overrides: Sequence[Mapping[str, Any]], at: Shown) -> Iterator[str]:
    """What a person corrected: from, to, who, why, and what both readers had said."""
    for item in overrides:
        how = " by moving the mail" if item["how"] == "folder" else ""
        told = f", {item['notified']} sent" if item["notified"] else ""
        yield (
            f"Case {item['reference']} corrected{how} {at(item['at'])}: {item['from_category']} to "
            f"{item['to_category']}, {clean(item['actor'])}{told}"
        )
        yield f"  reason: {clean(item['reason'])}"
        said = ", ".join(dict.fromkeys(f"{hit['criterion']} {hit['category']}" for hit in item["hits"])) or "nothing"
        opinion = f"; second reader: {item['opinion']['category']}" if item["opinion"] else ""
        yield f"  the criteria had said: {said}{opinion}; rules {item['rules_version'][:12]}"
