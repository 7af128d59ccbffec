import { Alert } from '@mantine/core'
import { IconAlertTriangle, IconClock, IconInfoCircle } from '@tabler/icons-react'
import { memo, useMemo, useState } from 'react'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import type { Panel } from '../../../src/lang/dashboard/model.ts'
import type { PlacedPanel } from '../../../src/lang/dashboard/repeat.ts'
import { withValues } from '../../../src/lang/dashboard/scope.ts'
import { useScheme } from '../charts/use-scheme.ts'
import type { PanelProps } from '../panels/panel-props.ts'
import { NEEDS_NO_DATA, PanelView } from '../panels/panel-view.tsx'
import styles from './dashboard.module.css'
import { InspectDrawer } from './inspect-drawer.tsx'
import type { PageModel } from './page-model.ts'
import { PanelBoundary } from './panel-boundary.tsx'
import { PanelMenu } from './panel-menu.tsx'
import { PanelNote } from './panel-note.tsx'
import { panelRange } from './panel-range.ts'
import { planQueries } from './plan-queries.ts'
import { usePanelData } from './use-panel-data.ts'
import { useTurn } from './use-turn.ts'

const NO_FRAMES: [] = []

export interface LivePanelProps {
  readonly placed: PlacedPanel
  readonly isAlone: boolean
  readonly page: PageModel
  /** Of the panel, about: how many points there is room for. */
  readonly widthPx: number
}

type Tab = 'data' | 'query' | 'json'

/** One panel: its title and menu, its data, and in place of its drawing whatever hinders it. */
export const LivePanel = memo(({ placed, isAlone, page, widthPx }: LivePanelProps) => {
  const { panel, key } = placed
  const [inspected, setInspected] = useState<Tab | undefined>()
  const model = usePanelModel(page, placed, widthPx)
  const { title, scope, plan, data, label } = model
  const hasData = data.frames !== undefined || NEEDS_NO_DATA.has(panel.type)
  const hasTurn = useTurn(hasData)
  const { description = '' } = panel
  return (
    <section
      className={styles['panel']}
      data-panel={key}
      data-state={stateOf(data, hasData && hasTurn)}
      data-transparent={panel.transparent || undefined}
      aria-label={title === '' ? `Panel ${key}` : title}
    >
      <header className={styles['panelHead']}>
        <h2 className={styles['panelTitle']} title={title}>
          {title}
        </h2>
        {description !== '' && (
          <PanelNote icon={<IconInfoCircle size={14} />} text={interpolate(description, scope)} />
        )}
        {label !== undefined && <PanelNote icon={<IconClock size={14} />} text={label} />}
        {data.notices.length > 0 && (
          <PanelNote icon={<IconAlertTriangle size={14} />} text={data.notices.join('\n')} />
        )}
        {data.isFetching && <span className={styles['loader']} role="img" aria-label="Loading" />}
        <PanelMenu
          {...{ panel, plan, scope, isAlone, title }}
          onView={() => page.onView(isAlone ? undefined : key)}
          onInspect={setInspected}
        />
      </header>
      <div className={styles['panelBody']}>
        <PanelBody {...{ panel, model, page, hasData, hasTurn }} />
      </div>
      {inspected !== undefined && (
        <InspectDrawer
          {...{ panel, plan, title }}
          frames={data.frames ?? NO_FRAMES}
          zone={model.zone}
          tab={inspected}
          onClose={() => setInspected(undefined)}
        />
      )}
    </section>
  )
})

/** For tests, and for who looks from outside: whether what stands there is what the panel shows. */
function stateOf({ error, isFetching }: PanelModel['data'], isDrawn: boolean): string {
  if (error !== null) return 'failed'
  return isFetching || !isDrawn ? 'loading' : 'drawn'
}

type PanelModel = ReturnType<typeof usePanelModel>

/** What a panel asks for and shows at the moment. */
function usePanelModel(page: PageModel, { panel, values }: PlacedPanel, widthPx: number) {
  const scheme = useScheme()
  const { filters, datasources, findPanel, isReady, zone } = page
  const scope = useMemo(() => withValues(page.scope, values), [page.scope, values])
  const { range, label } = useMemo(
    () => panelRange(panel, page.range, zone),
    [panel, page.range, zone],
  )
  const plan = useMemo(
    () => planQueries(panel, { scope, range, filters, datasources, findPanel, widthPx }),
    [panel, scope, range, filters, datasources, findPanel, widthPx],
  )
  const data = usePanelData({
    ...{ panel, plan, scope, range, scheme, zone },
    isWanted: isReady && !NEEDS_NO_DATA.has(panel.type),
    refreshKey: page.range.toMs,
  })
  const title = interpolate(panel.title, scope, 'text')
  return { scope, scheme, label, plan, data, title, zone }
}

interface PanelBodyProps {
  readonly panel: Panel
  readonly model: PanelModel
  readonly page: PageModel
  readonly hasData: boolean
  readonly hasTurn: boolean
}

function PanelBody({ panel, model, page, hasData, hasTurn }: PanelBodyProps) {
  const { data, title, scheme, zone } = model
  const marks = useMarks(panel, page)
  if (data.error !== null && !NEEDS_NO_DATA.has(panel.type)) {
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
  if (!hasData || !hasTurn) return null
  const { dashboard, onZoom } = page
  const syncKey = dashboard.graphTooltip > 0 ? (dashboard.uid ?? dashboard.title) : undefined
  return (
    <PanelBoundary source={data.frames}>
      <StillView
        {...{ panel, title, scheme, zone, onZoom }}
        frames={data.frames ?? NO_FRAMES}
        range={data.asked.range}
        scope={data.asked.scope}
        annotations={marks}
        exemplars={data.exemplars}
        {...(syncKey === undefined ? {} : { syncKey })}
      />
    </PanelBoundary>
  )
}

/** Drawn anew only when something of what it shows is another. */
const StillView = memo((props: PanelProps) => <PanelView {...props} />)

/** The annotations that are for this panel. */
function useMarks({ id }: Panel, { annotations }: PageModel): PanelProps['annotations'] {
  return useMemo(
    () =>
      annotations.flatMap(({ annotation, marks }) => {
        const { filter } = annotation
        const isNamed = filter?.ids.includes(id) ?? false
        return filter && isNamed === filter.exclude ? [] : marks
      }),
    [annotations, id],
  )
}
