"""The Template that a notebook names: found, or led to by redirects; one that it holds itself comes first.

Refuses to know options, and what is made of a Template.
"""

from __future__ import annotations

from dataclasses import replace

from nbcore.catalog import Catalog
from nbcore.checks.selection import Issue, template_issues, unreadable_template
from nbcore.model.notebook import Notebook
from nbcore.model.selection import Gone, Resolution
from nbcore.model.template import Redirect, Template, When
from nbcore.resolve.redirects import RedirectOf, follow, nearest


def template_at(catalog: Catalog, id_: str, notebook: Notebook) -> Template | None:
    """The Template with this identity, of the kind that the notebook's dialect has; its own comes first."""
    if notebook.own_template is not None and id_ == notebook.template_id:
        return notebook.own_template
    return catalog.template(notebook.conventions.template_kind, id_)


def resolve_template(notebook: Notebook, catalog: Catalog, takes: frozenset[When]) -> Resolution:
    """What became of the notebook's Template; ids are ``namespace/name``, or names of shared ones."""
    chosen = notebook.template_id
    result = follow("", chosen, redirect_of_template(notebook, catalog), takes)
    if isinstance(result, Gone):
        known = (one.id for one in catalog.list(notebook.conventions.template_kind))
        return replace(result, nearest=nearest(chosen, known))
    return result


def redirect_of_template(notebook: Notebook, catalog: Catalog) -> RedirectOf:
    """Where each Template leads, of the kind that the notebook's dialect has."""

    def redirect_of(id_: str) -> Redirect | None:
        template = template_at(catalog, id_, notebook)
        if template is None:
            raise KeyError(id_)
        redirect = template.spec.deprecation.redirect if template.spec.deprecation else None
        if redirect is None or template.id_of(redirect.to) == redirect.to:
            return redirect
        return redirect.model_copy(update={"to": template.id_of(redirect.to)})

    return redirect_of


def issues_of_template(notebook: Notebook, result: Resolution, catalog: Catalog) -> list[Issue]:
    """What is to be said of the Template that the notebook names."""
    kind, chosen = notebook.conventions.template_kind, result.chosen or ""
    if result.value is None and catalog.is_broken(kind, chosen):
        return [unreadable_template(kind, chosen)]
    named = template_at(catalog, chosen, notebook)
    deprecation = named.spec.deprecation if named else None
    return template_issues(result, deprecation.message if deprecation else None, kind)
