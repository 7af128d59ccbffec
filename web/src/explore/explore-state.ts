import type { LanguageId } from '../editor/languages.ts'
import { textOf, type Search } from '../shell/keep-time.ts'

export const VIEWS = ['graph', 'table', 'explain', 'json'] as const
export type View = (typeof VIEWS)[number]

/** The default first. */
export const LANGUAGES = ['promql', 'logql', 'traceql'] as const satisfies readonly LanguageId[]

/** What the address of the page holds, so that a link shows what its sender saw. */
export interface ExploreState {
  readonly queries: readonly string[]
  readonly view: View
  readonly language: LanguageId
}

export function readState(search: Search): ExploreState {
  const written = search['q']
  const queries = written === undefined ? [] : typeof written === 'string' ? [written] : written
  const view = textOf(search, 'view')
  return {
    queries,
    view: VIEWS.find((known) => known === view) ?? 'graph',
    language: LANGUAGES.find((known) => known === textOf(search, 'lang')) ?? 'promql',
  }
}

/** What is written to the address; defaults are left out. */
export function writeState(search: Search, { queries, view, language }: ExploreState): Search {
  return {
    ...search,
    q: queries.length === 0 ? undefined : queries,
    view: view === 'graph' ? undefined : view,
    lang: language === 'promql' ? undefined : language,
  }
}

/** `A`, `B`, …, `Z`, `A1`, …: what a query is called where there are several. */
export function letterOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26))
  return index < 26 ? letter : `${letter}${Math.floor(index / 26)}`
}
