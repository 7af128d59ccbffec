import { Alert, Loader, Tooltip, useComputedColorScheme } from '@mantine/core'
import { IconAlertTriangle, IconClock, IconInfoCircle } from '@tabler/icons-react'
import { Component, useMemo, useState, type ReactNode } from 'react'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import type { PlacedPanel } from '../../../src/lang/dashboard/repeat.ts'
import type { Panel } from '../../../src/lang/dashboard/model.ts'
import { withValues } from '../../../src/lang/dashboard/scope.ts'
import { absoluteRange } from '../time/time-range.ts'
import { useTime } from '../time/time-context.tsx'
import { NEEDS_NO_DATA, PanelView } from '../panels/panel-view.tsx'
import { LoadingState } from '../shell/states.tsx'
import styles from './dashboard.module.css'
import { InspectDrawer } from './inspect-drawer.tsx'
import { usePage } from './page-model.ts'
import { PanelMenu } from './panel-menu.tsx'
import { panelRange } from './panel-range.ts'
import { planQueries } from './plan-queries.ts'
import { useOnScreen } from './use-on-screen.ts'
import { usePanelData } from './use-panel-data.ts'
import { useSize } from '../panels/use-size.ts'

/** Widths are taken in steps of so many pixels, so that a resized window does not ask for everything anew. */
const WIDTH_STEP_PX = 100
const NO_FRAMES: [] = []

export interface PanelFrameProps {
  readonly placed: PlacedPanel
  /** The only one on the page. */
  readonly isAlone: boolean
}

type Tab = 'data' | 'query' | 'json'

/** One panel: its title and menu, its data, and in place of its drawing whatever hinders it. */
export function PanelFrame({ placed, isAlone }: PanelFrameProps) {
  const { panel, key } = placed
  const { onView } = usePage()
  const [ref, seen] = useOnScreen<HTMLElement>()
  const [body, size] = useSize<HTMLDivElement>()
  const [inspected, setInspected] = useState<Tab | undefined>()
  const model = usePanelModel(placed, (seen.isSeen || isAlone) && size.widthPx > 0, size.widthPx)
  const { title, scope, plan, data, label } = model
  return (
    <section
      ref={ref}
      className={styles['panel']}
      data-panel={key}
      data-state={stateOf(model, panel)}
      data-transparent={panel.transparent || undefined}
      aria-label={title === '' ? `Panel ${key}` : title}
    >
      <header className={styles['panelHead']}>
        <h2 className={styles['panelTitle']} title={title}>
          {title}
        </h2>
        {panel.description !== undefined && panel.description !== '' && (
          <Note icon={<IconInfoCircle size={14} />} text={interpolate(panel.description, scope)} />
        )}
        {label !== undefined && <Note icon={<IconClock size={14} />} text={label} />}
        {data.notices.length > 0 && (
          <Note icon={<IconAlertTriangle size={14} />} text={data.notices.join('\n')} />
        )}
        {data.isFetching && (
          <Loader size={12} className={styles['loader'] ?? ''} aria-label="Loading" />
        )}
        <PanelMenu
          {...{ panel, plan, scope, isAlone, title }}
          onView={() => onView(isAlone ? undefined : key)}
          onInspect={setInspected}
        />
      </header>
      <div ref={body} className={styles['panelBody']}>
        <PanelBody {...{ panel, model }} wasSeen={seen.wasSeen || isAlone} />
      </div>
      {inspected !== undefined && (
        <InspectDrawer
          {...{ panel, plan, title }}
          frames={data.frames ?? []}
          zone={model.zone}
          tab={inspected}
          onClose={() => setInspected(undefined)}
        />
      )}
    </section>
  )
}

/** For tests and for who looks from outside: whether what stands there is what the panel shows. */
function stateOf({ data }: PanelModel, { type }: Panel): 'failed' | 'loading' | 'drawn' {
  if (data.error !== null) return 'failed'
  const isMissing = data.frames === undefined && !NEEDS_NO_DATA.has(type)
  return data.isFetching || isMissing ? 'loading' : 'drawn'
}

type PanelModel = ReturnType<typeof usePanelModel>

/** What a panel asks for and shows at the moment. */
function usePanelModel({ panel, values }: PlacedPanel, isOnScreen: boolean, sizePx: number) {
  const page = usePage()
  const time = useTime()
  const scheme = useComputedColorScheme('light')
  const scope = useMemo(() => withValues(page.scope, values), [page.scope, values])
  const { range, label } = useMemo(
    () => panelRange(panel, time.resolved, time.zone),
    [panel, time.resolved, time.zone],
  )
  const widthPx = Math.max(WIDTH_STEP_PX, Math.ceil(sizePx / WIDTH_STEP_PX) * WIDTH_STEP_PX)
  const { filters, datasources, findPanel } = page
  const plan = useMemo(
    () => planQueries(panel, { scope, range, filters, datasources, findPanel, widthPx }),
    [panel, scope, range, filters, datasources, findPanel, widthPx],
  )
  const data = usePanelData({
    ...{ panel, plan, scope, scheme },
    isWanted: page.isReady && isOnScreen && !NEEDS_NO_DATA.has(panel.type),
    zone: time.zone,
    refreshKey: time.resolved.toMs,
  })
  const title = interpolate(panel.title, scope, 'text')
  return { scope, scheme, range, label, plan, data, title, zone: time.zone }
}

interface PanelBodyProps {
  readonly panel: Panel
  readonly model: PanelModel
  readonly wasSeen: boolean
}

function PanelBody({ panel, model, wasSeen }: PanelBodyProps) {
  const { dashboard, annotations } = usePage()
  const time = useTime()
  const { data, title, scope, range, scheme, zone } = model
  const marks = useMemo(
    () =>
      annotations.flatMap(({ annotation, marks: own }) => {
        const { filter } = annotation
        const isNamed = filter?.ids.includes(panel.id) ?? false
        return filter && isNamed === filter.exclude ? [] : own
      }),
    [annotations, panel.id],
  )
  const needsData = !NEEDS_NO_DATA.has(panel.type)
  if (data.error !== null && needsData) {
    return (
      <Alert
        color="red"
        variant="light"
        title="The query failed"
        className={styles['failure'] ?? ''}
      >
        {data.error.message}
      </Alert>
    )
  }
  if (needsData && data.frames === undefined) return <LoadingState />
  if (!wasSeen) return null
  const syncKey = dashboard.graphTooltip > 0 ? (dashboard.uid ?? dashboard.title) : undefined
  return (
    <PanelBoundary source={data.frames}>
      <PanelView
        {...{ panel, title, scope, range, scheme, zone }}
        frames={data.frames ?? NO_FRAMES}
        annotations={marks}
        {...(syncKey === undefined ? {} : { syncKey })}
        onZoom={(fromMs, toMs) => time.setRange(absoluteRange({ fromMs, toMs }))}
      />
    </PanelBoundary>
  )
}

function Note({ icon, text }: { readonly icon: ReactNode; readonly text: string }) {
  return (
    <Tooltip label={text} multiline maw={420} events={{ hover: true, focus: true, touch: true }}>
      <span className={styles['note']} tabIndex={0} role="note" aria-label={text}>
        {icon}
      </span>
    </Tooltip>
  )
}

interface BoundaryProps {
  /** Another attempt is made when it is another. */
  readonly source: unknown
  readonly children: ReactNode
}

interface BoundaryState {
  readonly error: Error | undefined
  readonly source: unknown
}

/** A panel that cannot be drawn says so in its place; the others stay. */
class PanelBoundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: undefined, source: this.props.source }

  static getDerivedStateFromProps(
    props: BoundaryProps,
    state: BoundaryState,
  ): BoundaryState | null {
    return props.source === state.source ? null : { error: undefined, source: props.source }
  }

  static getDerivedStateFromError(error: Error): Partial<BoundaryState> {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Alert color="red" variant="light" title="This panel cannot be drawn">
        {error.message}
      </Alert>
    )
  }
}
