import { Alert, Loader, Tooltip, useComputedColorScheme } from '@mantine/core'
import { IconAlertTriangle, IconClock, IconInfoCircle } from '@tabler/icons-react'
import { Component, useMemo, useState, type ReactNode } from 'react'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import type { PlacedPanel } from '../../../src/lang/dashboard/repeat.ts'
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

/** One panel: its title and menu, its data, and in place of its drawing whatever hinders it. */
export function PanelFrame({
  placed,
  isAlone,
}: {
  readonly placed: PlacedPanel
  readonly isAlone: boolean
}) {
  const { panel, values, key } = placed
  const page = usePage()
  const time = useTime()
  const scheme = useComputedColorScheme('light')
  const [ref, { isSeen, wasSeen }] = useOnScreen<HTMLElement>()
  const [body, size] = useSize<HTMLDivElement>()
  const [inspected, setInspected] = useState<'data' | 'query' | 'json' | undefined>()
  const scope = useMemo(() => withValues(page.scope, values), [page.scope, values])
  const title = interpolate(panel.title, scope, 'text')
  const { range, label } = useMemo(
    () => panelRange(panel, time.resolved, time.zone),
    [panel, time.resolved, time.zone],
  )
  const widthPx = Math.max(WIDTH_STEP_PX, Math.ceil(size.widthPx / WIDTH_STEP_PX) * WIDTH_STEP_PX)
  const { filters, datasources, findPanel } = page
  const plan = useMemo(
    () => planQueries(panel, { scope, range, filters, datasources, findPanel, widthPx }),
    [panel, scope, range, filters, datasources, findPanel, widthPx],
  )
  const isWanted =
    page.isReady && (isSeen || isAlone) && size.widthPx > 0 && !NEEDS_NO_DATA.has(panel.type)
  const data = usePanelData({
    ...{ panel, plan, scope, scheme, isWanted },
    zone: time.zone,
    refreshKey: time.resolved.toMs,
  })
  const marks = useMemo(
    () =>
      page.annotations.flatMap(({ annotation, marks: own }) => {
        const { filter } = annotation
        const isNamed = filter?.ids.includes(panel.id) ?? false
        return filter && isNamed === filter.exclude ? [] : own
      }),
    [page.annotations, panel.id],
  )
  const { graphTooltip, uid, title: boardTitle } = page.dashboard
  const needsData = !NEEDS_NO_DATA.has(panel.type)
  return (
    <section
      ref={ref}
      className={styles['panel']}
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
          onView={() => page.onView(isAlone ? undefined : key)}
          onInspect={setInspected}
        />
      </header>
      <div ref={body} className={styles['panelBody']}>
        <PanelBoundary key={`${panel.type} ${time.resolved.toMs}`}>
          {data.error !== null && needsData ? (
            <Alert
              color="red"
              variant="light"
              title="The query failed"
              className={styles['failure'] ?? ''}
            >
              {data.error.message}
            </Alert>
          ) : needsData && data.frames === undefined ? (
            <LoadingState />
          ) : (
            wasSeen && (
              <PanelView
                {...{ panel, title, scope, range, scheme }}
                frames={data.frames ?? []}
                zone={time.zone}
                annotations={marks}
                {...(graphTooltip > 0 ? { syncKey: uid ?? boardTitle } : {})}
                onZoom={(fromMs, toMs) => time.setRange(absoluteRange({ fromMs, toMs }))}
              />
            )
          )}
        </PanelBoundary>
      </div>
      {inspected !== undefined && (
        <InspectDrawer
          {...{ panel, plan, title }}
          frames={data.frames ?? []}
          zone={time.zone}
          tab={inspected}
          onClose={() => setInspected(undefined)}
        />
      )}
    </section>
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

interface BoundaryState {
  readonly error: Error | undefined
}

/** A panel that cannot be drawn says so in its place; the others stay. */
class PanelBoundary extends Component<{ readonly children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { error: undefined }

  static getDerivedStateFromError(error: Error): BoundaryState {
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
