import { Button, SegmentedControl } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconHistory, IconListSearch, IconPlayerPlay, IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { LanguageId } from '../editor/languages.ts'
import { ShareButton } from '../logs/share-button.tsx'
import type { Search } from '../shell/keep-time.ts'
import { Card, Page } from '../shell/page.tsx'
import { EmptyState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { TimePicker } from '../time/time-picker.tsx'
import {
  LANGUAGES,
  letterOf,
  readState,
  VIEWS,
  writeState,
  type ExploreState,
  type View,
} from './explore-state.ts'
import styles from './explore.module.css'
import { HistoryDrawer } from './history-drawer.tsx'
import { MetricsDrawer } from './metrics-drawer.tsx'
import { addToHistory } from './query-history.ts'
import { QueryRow } from './query-row.tsx'
import { Results } from './results.tsx'

/** It brings the parser with it, and what the page of logs is built of. */
const LogqlResults = lazy(async () => {
  const { LogqlResults: loaded } = await import('./logql-results.tsx')
  return { default: loaded }
})

/** It brings the parser with it, and what the pages of traces are built of. */
const TraceqlResults = lazy(async () => {
  const { TraceqlResults: loaded } = await import('./traceql-results.tsx')
  return { default: loaded }
})

/** Asks for metrics, logs and traces: several queries, as a graph, a table, lines, with what they cost, and as they came. */
export function ExplorePage() {
  const search = useSearch({ from: '__root__' })
  const state = readState(search)
  // An address with other queries (a link, the way back) is another draft.
  return <Explore key={JSON.stringify([state.language, state.queries])} state={state} />
}

const LANGUAGE_NAMES: Readonly<Record<LanguageId, string>> = {
  promql: 'PromQL',
  logql: 'LogQL',
  traceql: 'TraceQL',
}

const HINTS: Readonly<Record<LanguageId, string>> = {
  promql: 'Write a query and press Ctrl Enter, or choose a metric from the list.',
  logql: 'Write a query and press Ctrl Enter: for lines, or for what is counted of them.',
  traceql:
    'Write a query and press Ctrl Enter: for traces, for what is counted of their spans, or the id of a trace.',
}

const VIEW_NAMES: Readonly<Record<View, string>> = {
  graph: 'Graph',
  table: 'Table',
  explain: 'Explain',
  json: 'JSON',
}

function Explore({ state }: { readonly state: ExploreState }) {
  const draft = useDrafts(state)
  // What LogQL and TraceQL ask for is known when their parsers are here.
  const [hasNumbers, setNumbers] = useState(state.language === 'promql')
  const [isBrowsing, browser] = useDisclosure(false)
  const [isLookingBack, history] = useDisclosure(false)
  return (
    <Page title="Explore" actions={<TimePicker />}>
      <Card>
        <div className={styles['queries']}>
          {draft.texts.map((text, index) => (
            <QueryRow
              key={index}
              language={state.language}
              index={index}
              count={draft.texts.length}
              value={text}
              onChange={(changed) => draft.set(draft.texts.with(index, changed))}
              onRun={() => draft.run(draft.texts)}
              onDuplicate={() => draft.set(draft.texts.toSpliced(index, 0, text))}
              onRemove={() => draft.run(draft.texts.toSpliced(index, 1))}
            />
          ))}
        </div>
        <Toolbar
          hasViews={hasNumbers}
          state={state}
          draft={draft}
          onBrowse={browser.open}
          onLookBack={history.open}
        />
      </Card>
      <Answers state={state} draft={draft} onNumbers={setNumbers} />
      {isBrowsing && <MetricsDrawer onClose={browser.close} onPick={draft.pick} />}
      {isLookingBack && (
        <HistoryDrawer language={state.language} onClose={history.close} onPick={draft.pick} />
      )}
    </Page>
  )
}

interface AnswersProps {
  readonly state: ExploreState
  readonly draft: Drafts
  readonly onNumbers: (hasNumbers: boolean) => void
}

/** What the queries that were run answer, in the way of their language. */
function Answers({ state: { queries, language, view }, draft, onNumbers }: AnswersProps) {
  if (queries.length === 0) {
    return (
      <Card>
        <EmptyState title="Ask for something">{HINTS[language]}</EmptyState>
      </Card>
    )
  }
  if (language === 'promql') {
    const asked = queries.map((query, index) => ({ query, letter: letterOf(index) }))
    return <Results {...{ asked, language, view }} />
  }
  return (
    <Suspense fallback={<LoadingState />}>
      {language === 'logql' ? (
        <LogqlResults
          {...{ queries, view, onNumbers }}
          onReplace={(index, query) => draft.run(draft.texts.with(index, query))}
        />
      ) : (
        <TraceqlResults {...{ queries, view, onNumbers }} />
      )}
    </Suspense>
  )
}

/** What is being written, until it is run and becomes the address. */
interface Drafts {
  readonly texts: readonly string[]
  readonly set: (texts: readonly string[]) => void
  readonly run: (texts: readonly string[]) => void
  /** Runs a query besides those that are there. */
  readonly pick: (query: string) => void
  readonly show: (view: View) => void
  readonly speak: (language: LanguageId) => void
}

function useDrafts(state: ExploreState): Drafts {
  const time = useTime()
  const navigate = useNavigate()
  const [texts, setTexts] = useState(state.queries.length === 0 ? [''] : state.queries)
  const goTo = (next: ExploreState): void =>
    void navigate({ to: '.', search: (now: Search) => writeState(now, next) })
  const run = (wanted: readonly string[]): void => {
    const asked = wanted.filter((query) => query.trim() !== '')
    setTexts(wanted)
    addToHistory(asked, state.language, Date.now())
    time.refresh()
    goTo({ ...state, queries: asked })
  }
  const pick = (query: string): void => {
    const empty = texts.findIndex((text) => text.trim() === '')
    run(empty < 0 ? [...texts, query] : texts.with(empty, query))
  }
  return {
    ...{ texts, set: setTexts, run, pick },
    show: (view) => goTo({ ...state, view }),
    // A query of one language is none of the other.
    speak: (language) => goTo({ ...state, language, queries: [], view: 'graph' }),
  }
}

interface ToolbarProps {
  /** Lines and traces are shown in one way. */
  readonly hasViews: boolean
  readonly state: ExploreState
  readonly draft: Drafts
  readonly onBrowse: () => void
  readonly onLookBack: () => void
}

function Toolbar({ hasViews, state, draft, onBrowse, onLookBack }: ToolbarProps) {
  const icon = { size: 15 } as const
  return (
    <div className={styles['toolbar']}>
      <SegmentedControl
        aria-label="Language"
        data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        value={state.language}
        onChange={draft.speak}
      />
      <Button leftSection={<IconPlayerPlay {...icon} />} onClick={() => draft.run(draft.texts)}>
        Run
      </Button>
      <Button
        variant="default"
        leftSection={<IconPlus {...icon} />}
        onClick={() => draft.set([...draft.texts, ''])}
      >
        Add query
      </Button>
      {state.language === 'promql' && (
        <Button variant="default" leftSection={<IconListSearch {...icon} />} onClick={onBrowse}>
          Metrics
        </Button>
      )}
      <Button variant="default" leftSection={<IconHistory {...icon} />} onClick={onLookBack}>
        History
      </Button>
      <ShareButton isDisabled={state.queries.length === 0} />
      {hasViews && (
        <SegmentedControl
          className={styles['views'] ?? ''}
          aria-label="View"
          data={viewsOf(state.language).map((value) => ({ value, label: VIEW_NAMES[value] }))}
          value={state.view}
          onChange={draft.show}
        />
      )}
    </div>
  )
}

/** How LogQL and TraceQL are evaluated is not told. */
function viewsOf(language: LanguageId): readonly View[] {
  return language === 'promql' ? VIEWS : VIEWS.filter((view) => view !== 'explain')
}
