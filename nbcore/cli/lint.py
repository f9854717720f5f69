"""``nbcore lint``: everything that is wrong with kinds, notebooks and plain workloads, and what to do about it.

A run is a short chain of steps: read, judge, leave out, repair, print, end. Refuses to know what is right, and
how each form is written.

Exit codes: 0 nothing grave enough, 1 findings as grave as --fail-on, 2 a wrong call or nothing to judge.
"""

from __future__ import annotations

import dataclasses
import gc
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from nbcore.cli.compat import HELP, PROJECTS
from nbcore.cli.findings import number
from nbcore.cli.formats import FORMATS
from nbcore.cli.globs import matches
from nbcore.cli.progress import Progress
from nbcore.cli.reading import STDIN, Inputs, Skipped, Text, Unusable, texts_of
from nbcore.cli.request import FORMAT_VARIABLE, Request, configured
from nbcore.cli.showing import say_notes, show
from nbcore.cli.verdict import Verdict
from nbcore.finding import SEVERITIES, Finding, in_order

if TYPE_CHECKING:
    from nbcore.cli.fixing import Fixed, Judge
    from nbcore.cli.schemas_given import Schemas

_GARBAGE: Final = 100_000
"""New objects between two looks for garbage: nearly all that a run makes is kept until it ends."""
SHOW_EDITS: Final = frozenset({"json", "sarif"})
"""The forms that tell how a finding can be repaired in the text."""
_ROOTS: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Environment variables that name the root of the repository on build servers."""


@click.command("lint", short_help="Say everything that is wrong, for every pod that can be.")
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"{', '.join(FORMATS)}; to stdout or a file; may be repeated. Also ${FORMAT_VARIABLE}.",
)
@click.option("--kubernetes-version", metavar="VERSION", help="Judge pods for this version; default: newest.")
@click.option("--pod-security", metavar="LEVEL[:VERSION]", help="Pod Security level that pods must meet.")
@click.option("--compat", type=click.Choice(PROJECTS), help=HELP)
@click.option(
    "--old",
    multiple=True,
    metavar="PATH",
    help="The same objects before the change: what updates may not do; may be repeated.",
)
@click.option("--schemas", multiple=True, metavar="DIR", help="JSON Schemas of other kinds; may be repeated.")
@click.option("--select", multiple=True, metavar="CODES", help="Only these codes, such as NB4 or NB203,NB5.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these codes; the longer code decides.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="What makes exit code 1; default: error.")
@click.option("--exit-zero", is_flag=True, help="Exit code 0 whatever is found.")
@click.option(
    "--allow-empty", is_flag=True, help="Let files be that hold no object; without it they are errors."
)
@click.option("--baseline", metavar="FILE", help="Findings that are known: only others count.")
@click.option("--write-baseline", metavar="FILE", help="Write all findings to FILE as known.")
@click.option("--fix", is_flag=True, help="Repair what can be repaired without a risk.")
@click.option("--unsafe-fixes", is_flag=True, help="Repair also where that may change what was meant.")
@click.option("--diff", is_flag=True, help="Print what would be repaired, and write nothing.")
@click.option("--config", metavar="FILE", help="Read this configuration instead of the nearest one.")
@click.option("--no-config", is_flag=True, help="Read no configuration.")
@click.option("--no-cache", is_flag=True, help="Judge everything anew.")
@click.option("--statistics", is_flag=True, help="Print how often each code was found instead.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only: no summary, notes or progress.")
@click.option(
    "-j", "--jobs", type=click.IntRange(0, 256), default=1, metavar="N", help="Processes; 0: one a core."
)
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Say everything that is wrong with files, folders and stdin (-), and what to do about it.

    Every pod that a Template can produce is judged; `nbcore rule CODE` explains a finding.
    """
    gc.set_threshold(_GARBAGE)
    ctx.exit(run(configured(given, os.environ)))


def run(request: Request) -> int:
    """The exit code of one run, after everything is printed."""
    with Progress(quiet=request.quiet) as progress:
        given = gathered(request)

        def judge(texts: Sequence[Text]) -> Verdict:
            verdict = judged(given._replace(texts=tuple(texts)), request, progress)
            for step in FILTERS:
                verdict = step(verdict, request)
            return verdict

        verdict = judge(given.texts)
        made = repaired(given, verdict, judge, request) if request.fixes else None
    if made is not None and request.diff:
        return _show_difference(made, request)
    verdict = made.verdict if made is not None else verdict
    show(with_edits(verdict, request), request)
    return _exit_code(verdict, request)


# ---- read and judge ----


class Given(NamedTuple):
    """The texts to judge, and what there was to say while they were read.

    Shape: ``old`` are the texts of the same objects before the change, None where nobody asked for that.
    """

    texts: tuple[Text, ...]
    notes: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    old: tuple[Text, ...] | None = None


def gathered(request: Request) -> Given:
    """The texts of all paths, without those that the configuration excludes.

    Raises: Unusable when a path cannot be read.
    """
    inputs = Inputs()
    texts = []
    for one in texts_of(request.paths, inputs):
        if request.exclude and one.name != STDIN and matches(one.name, request.exclude):
            inputs.skip(one.name, "the configuration excludes it")
        else:
            texts.append(one._replace(named=False) if request.allow_empty else one)
    old = tuple(texts_of(request.old, Inputs())) if request.old else None
    return Given(tuple(texts), tuple(inputs.notes), tuple(inputs.skipped), old)


def judged(given: Given, request: Request, progress: Progress) -> Verdict:
    """The verdict on the texts.

    Raises: Unusable when there is nothing to judge and that was not allowed.
    """
    from nbcore.cli.cache import Store, remembered

    inputs = Inputs(notes=list(given.notes), skipped=list(given.skipped))
    inputs.texts = {one.name: one.data for one in given.texts}
    inputs.old = {one.name: one.data for one in given.old or ()}
    schemas = _schemas(request)
    store = Store(request.cache, request.settings, schemas) if request.cache and not request.fixes else None
    found = remembered(
        given.texts,
        inputs,
        request.settings,
        jobs=request.jobs,
        progress=progress,
        store=store,
        schemas=schemas,
        old=given.old,
    )
    verdict = Verdict(
        inputs,
        request.settings.kubernetes_version,
        found.findings,
        found.files,
        found.objects,
        found.pods,
        found.rendered,
        found.not_evaluated,
        fail_on=request.fail_on,
        root=_root(os.environ),
        paths=tuple(request.paths),
        compared=found.compared,
    )
    broken = any(one.severity == "error" for one in found.findings)
    if not (found.objects or broken or request.allow_empty):
        say_notes(inputs)
        where = number(len(given.texts), "file")
        raise Unusable(
            f"nothing to judge: {where} read, and no Kubernetes object; --allow-empty accepts that"
        )
    return verdict


def _schemas(request: Request) -> Schemas | None:
    """The schemas of the folders that were named."""
    if not request.schemas:
        return None
    from nbcore.cli.schemas_given import Schemas

    return Schemas(request.schemas, request.settings.kubernetes_version)


def _root(environment: Mapping[str, str]) -> str:
    """The folder that reports name files from: the root of the repository if it is known, else this one."""
    here = os.getcwd()  # noqa: PTH109 (a text, as the paths that people typed)
    roots = (environment.get(name, "") for name in _ROOTS)
    return next((os.path.normpath(root) for root in roots if root and _is_inside(here, root)), here)


def _is_inside(here: str, root: str) -> bool:
    return os.path.join(here, "").startswith(os.path.join(os.path.normpath(root), ""))  # noqa: PTH118


# ---- leave out ----


def unsuppressed(verdict: Verdict, request: Request) -> Verdict:
    """The verdict without what comments and annotations suppress, and with what is wrong with these."""
    if not any(b"nbcore:" in one or b"/ignore." in one for one in verdict.inputs.texts.values()):
        return verdict
    from nbcore.cli.suppressions import Terms, sift

    unknown = tuple(code.strip() for one in verdict.not_evaluated for code in one.code.split(","))
    sifted = sift(verdict.findings, verdict.inputs, Terms(request.today, request.strict, unknown))
    return _left(verdict, in_order(sifted.findings), "suppressions", sifted.hidden)


def chosen(verdict: Verdict, request: Request) -> Verdict:
    """The verdict without the findings whose codes do not count, here or anywhere."""
    codes = {one.code for one in verdict.findings}
    wanted = {code for code in codes if request.codes.has(code) or request.is_strict(code)}
    kept = tuple(one for one in verdict.findings if one.code in wanted)
    verdict = _left(verdict, kept, "--select and --ignore", len(verdict.findings) - len(kept))
    if not request.overrides:
        return verdict
    kept = tuple(one for one in verdict.findings if _counts_in_its_file(one, request))
    return _left(verdict, kept, "overrides", len(verdict.findings) - len(kept))


def _counts_in_its_file(one: Finding, request: Request) -> bool:
    return request.is_strict(one.code) or not any(
        override.ignore and one.code.startswith(override.ignore) and matches(one.source.file, override.paths)
        for override in request.overrides
    )


def not_known(verdict: Verdict, request: Request) -> Verdict:
    """The verdict without what stands in the baseline, which is written first where that was asked for."""
    file = request.write_baseline or request.baseline
    if not file:
        return verdict
    from nbcore.cli.baseline import compare, read_baseline, write_baseline

    loose = [one for one in verdict.findings if not request.is_strict(one.code)]
    notes = verdict.inputs.notes
    if request.write_baseline:
        count = write_baseline(file, loose, verdict.inputs.texts)
        notes.append(f"{file} holds {number(count, 'known problem')}")
    compared = compare(loose, read_baseline(file), verdict.inputs.texts, file)
    if compared.gone:
        gone = number(compared.gone, "known problem")
        notes.append(f"{gone} did not occur: the baseline can shrink; --write-baseline {file} does that")
    strict = (one for one in verdict.findings if request.is_strict(one.code))
    return _left(verdict, in_order((*compared.new, *strict)), "the baseline", len(loose) - len(compared.new))


def _left(verdict: Verdict, kept: tuple[Finding, ...], by: str, count: int) -> Verdict:
    """The verdict with the findings that are kept; how many others there are stays in it."""
    return dataclasses.replace(verdict, findings=kept, left_out={**verdict.left_out, by: count})


FILTERS: Final[tuple[Callable[[Verdict, Request], Verdict], ...]] = (unsuppressed, chosen, not_known)
"""The steps between judging and repairing, in their order."""


# ---- repair ----


def repaired(given: Given, verdict: Verdict, judge: Judge, request: Request) -> Fixed:
    """What repairing came to, after the files are written; with --diff nothing is."""
    from nbcore.cli.fixing import fixed, written

    made = fixed(given.texts, verdict, judge, unsafe=request.fixes == "all")
    return made if request.diff or not made.changes else written(made, judge)


def _show_difference(made: Fixed, request: Request) -> int:
    """The exit code after the difference is printed: 1 if there is one."""
    from nbcore.cli.fixing import difference

    if not request.quiet:
        say_notes(made.verdict.inputs)
    if made.changes:
        click.echo(difference(made.changes))
    return 1 if made.changes and not request.exit_zero else 0


def with_edits(verdict: Verdict, request: Request) -> Verdict:
    """The verdict with the changes of text that repair findings, where a form shows them."""
    if not any(one.form in SHOW_EDITS for one in request.outputs):
        return verdict
    from nbcore.cli.fixing import edits_of

    return dataclasses.replace(verdict, edits=edits_of(verdict))


# ---- end ----


def _exit_code(verdict: Verdict, request: Request) -> int:
    return 1 if verdict.failed and not request.exit_zero else 0
