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
        <Toolbar state={state} draft={draft} onBrowse={browser.open} onLookBack={history.open} />
      </Card>
      {state.queries.length === 0 ? (
        <Card>
          <EmptyState title="Ask for something">{HINTS[state.language]}</EmptyState>
        </Card>
      ) : state.language === 'logql' ? (
        <Suspense fallback={<LoadingState />}>
          <LogqlResults
            queries={state.queries}
            view={state.view}
            onReplace={(index, query) => draft.run(draft.texts.with(index, query))}
          />
        </Suspense>
      ) : state.language === 'traceql' ? (
        <Suspense fallback={<LoadingState />}>
          <TraceqlResults queries={state.queries} view={state.view} />
        </Suspense>
      ) : (
        <Results
          asked={state.queries.map((query, index) => ({ query, letter: letterOf(index) }))}
          language={state.language}
          view={state.view}
        />
      )}
      {isBrowsing && <MetricsDrawer onClose={browser.close} onPick={draft.pick} />}
      {isLookingBack && (
        <HistoryDrawer language={state.language} onClose={history.close} onPick={draft.pick} />
      )}
    </Page>
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
  readonly state: ExploreState
  readonly draft: Drafts
  readonly onBrowse: () => void
  readonly onLookBack: () => void
}

function Toolbar({ state, draft, onBrowse, onLookBack }: ToolbarProps) {
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
      <SegmentedControl
        className={styles['views'] ?? ''}
        aria-label="View"
        data={viewsOf(state.language).map((value) => ({ value, label: VIEW_NAMES[value] }))}
        value={state.view}
        onChange={draft.show}
      />
    </div>
  )
}

/** How LogQL and TraceQL are evaluated is not told. */
function viewsOf(language: LanguageId): readonly View[] {
  return language === 'promql' ? VIEWS : VIEWS.filter((view) => view !== 'explain')
}
