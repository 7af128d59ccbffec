import { ActionIcon, Alert, Button, Switch } from '@mantine/core'
import { IconArrowLeft, IconDeviceTv } from '@tabler/icons-react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import type { Datasource } from '../../../src/lang/dashboard/datasource.ts'
import { allPanels } from '../../../src/lang/dashboard/find-unsupported.ts'
import type { AdhocFilter, AnnotationQuery } from '../../../src/lang/dashboard/model.ts'
import { globalValues, withValues } from '../../../src/lang/dashboard/scope.ts'
import { readUrlVariables, writeUrlVariables } from '../../../src/lang/dashboard/variable-url.ts'
import { noteViewed } from '../pages/dashboards/recently-viewed.ts'
import { textOf, type Search } from '../shell/keep-time.ts'
import { Page } from '../shell/page.tsx'
import { ErrorState, LoadingState } from '../shell/states.tsx'
import { useSession } from '../shell/session-context.tsx'
import { useTime } from '../time/time-context.tsx'
import { absoluteRange } from '../time/time-range.ts'
import { TimePicker } from '../time/time-picker.tsx'
import { DashboardGrid } from './dashboard-grid.tsx'
import { DashboardMenu } from './dashboard-menu.tsx'
import { DashboardLinks } from './dashboard-links.tsx'
import styles from './dashboard.module.css'
import { useDashboard, useDatasources, type LoadedDashboard } from './load-dashboard.ts'
import { PageContext, type PageModel } from './page-model.ts'
import { useAnnotations } from './use-annotations.ts'
import { useVariables } from './use-variables.ts'
import { VariablesBar } from './variables-bar.tsx'

/** `/d/<uid>`: a dashboard with its variables, time range and panels; Grafana's addresses lead here too. */
export function DashboardPage() {
  const params: Readonly<Record<string, string | undefined>> = useParams({ strict: false })
  const uid = params['uid'] ?? ''
  const datasources = useDatasources()
  const { data, error, refetch } = useDashboard(uid, datasources)
  useEffect(() => {
    if (data) noteViewed(uid)
  }, [data, uid])
  if (error !== null) {
    return (
      <Page title="Dashboard">
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Page>
    )
  }
  if (!data || !datasources) return <LoadingState label="Loading the dashboard" fillsPage />
  return <LoadedPage key={uid} {...{ uid, datasources }} loaded={data} />
}

interface LoadedPageProps {
  readonly uid: string
  readonly loaded: LoadedDashboard
  readonly datasources: readonly Datasource[]
}

function LoadedPage(props: LoadedPageProps) {
  const { dashboard, report } = props.loaded
  const search: Search = useSearch({ strict: false })
  const navigate = useNavigate()
  const change = useCallback<Change>(
    (next, replace = false) => void navigate({ to: '.', search: next, replace }),
    [navigate],
  )
  useDashboardTime(props.loaded, search, change)
  const [off, setOff] = useState<readonly string[]>(() =>
    dashboard.annotations.filter((one) => !one.enable).map((one) => one.name),
  )
  const { model, variables, url } = useModel(props, search, change, off)
  const viewed = textOf(search, 'viewPanel')
  const onFilters = (name: string, next: readonly AdhocFilter[]): void => {
    const state = { currents: url.currents, filters: new Map(url.filters).set(name, next) }
    const own = dashboard.variables.filter((one) => one.name === name)
    const written = writeUrlVariables(own, state).map(([, value]) => value)
    change((now) => ({ ...now, [`var-${name}`]: written.length > 0 ? written : '' }))
  }
  const toggle = (name: string): void =>
    setOff((now) => (now.includes(name) ? now.filter((one) => one !== name) : [...now, name]))
  return (
    <PageContext value={model}>
      <Page
        title={dashboard.title === '' ? 'Dashboard' : dashboard.title}
        actions={
          <PageActions {...{ viewed, change }} kiosk={Object.hasOwn(search, 'kiosk')}>
            <DashboardMenu uid={props.uid} loaded={props.loaded} />
          </PageActions>
        }
      >
        <div className={styles['bar']}>
          <VariablesBar
            states={variables.states}
            filtersOf={(name) => url.filters.get(name) ?? filtersSaved(props.loaded, name)}
            onChange={(name, values) => change((now) => ({ ...now, [`var-${name}`]: values }))}
            onFilters={onFilters}
          />
          <AnnotationToggles annotations={dashboard.annotations} off={off} onToggle={toggle} />
          <div className={styles['links']}>
            <DashboardLinks />
          </div>
        </div>
        <NotSupported report={report} />
        {model.isReady ? (
          <DashboardGrid viewed={viewed} />
        ) : (
          <LoadingState label="Reading variables" />
        )}
      </Page>
    </PageContext>
  )
}

/** What the panels share, worked out from the address, the time range and the dashboard. */
function useModel(
  { uid, loaded, datasources }: LoadedPageProps,
  search: Search,
  change: Change,
  off: readonly string[],
) {
  const { dashboard } = loaded
  const params = useVariableParams(search)
  const url = useMemo(() => readUrlVariables(params, dashboard.variables), [params, dashboard])
  const globals = useGlobals(loaded, uid)
  const { resolved: range, zone } = useTime()
  const variables = useVariables({
    ...{ url, globals, datasources, range },
    variables: dashboard.variables,
  })
  const shown = useMemo(
    () => dashboard.annotations.filter((one) => !off.includes(one.name)),
    [dashboard, off],
  )
  const { scope, filters, isReady } = variables
  const annotations = useAnnotations({
    ...{ scope, datasources, isReady, range },
    annotations: shown,
  })
  const byId = useMemo(() => new Map(allPanels(dashboard).map((one) => [one.id, one])), [dashboard])
  const model = useMemo(
    (): PageModel => ({
      ...{ dashboard, scope, range, zone, filters, datasources, annotations, isReady },
      findPanel: (id) => byId.get(id),
      onZoom: (fromMs, toMs) => change((now) => ({ ...now, ...absoluteRange({ fromMs, toMs }) })),
      onView: (key) =>
        change((now) => ({ ...now, viewPanel: key === undefined ? undefined : `panel-${key}` })),
    }),
    [dashboard, scope, range, zone, filters, datasources, annotations, isReady, byId, change],
  )
  return { model, variables, url }
}

interface AnnotationTogglesProps {
  readonly annotations: readonly AnnotationQuery[]
  readonly off: readonly string[]
  readonly onToggle: (name: string) => void
}

function AnnotationToggles({ annotations, off, onToggle }: AnnotationTogglesProps) {
  return annotations
    .filter((one) => !one.builtIn && !one.hide)
    .map(({ name }) => (
      <Switch
        key={name}
        size="xs"
        label={name}
        checked={!off.includes(name)}
        onChange={() => onToggle(name)}
      />
    ))
}

/** The parameters of variables, with the same identity while they are the same. */
function useVariableParams(search: Search): readonly (readonly [string, string])[] {
  const text = new URLSearchParams(
    Object.entries(search)
      .filter(([name]) => name.startsWith('var-'))
      .flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one])),
  ).toString()
  return useMemo(() => [...new URLSearchParams(text)], [text])
}

function useGlobals({ dashboard }: LoadedDashboard, uid: string) {
  const { resolved, zone } = useTime()
  const { session } = useSession()
  const { title } = dashboard
  return useMemo(
    () =>
      withValues(
        new Map(),
        globalValues({
          ...resolved,
          timezone: zone,
          dashboard: { uid, title },
          org: { id: 1, name: 'Main Org.' },
          user: { id: 0, login: session.user, email: '' },
        }),
      ),
    [resolved, zone, uid, title, session.user],
  )
}

function filtersSaved({ dashboard }: LoadedDashboard, name: string): readonly AdhocFilter[] {
  const found = dashboard.variables.find((one) => one.name === name)
  return found?.type === 'adhoc' ? found.filters : []
}

type Change = (next: (now: Search) => Search, replace?: boolean) => void

/** An address without a time range takes the dashboard's own. */
function useDashboardTime({ dashboard }: LoadedDashboard, search: Search, change: Change): void {
  const isGiven = search['from'] !== undefined && search['to'] !== undefined
  useEffect(() => {
    if (isGiven) return
    const { time, refresh, timezone } = dashboard
    change(
      (now) => ({
        from: time.from,
        to: time.to,
        ...(refresh === '' ? {} : { refresh }),
        ...(timezone === '' || timezone === 'browser' ? {} : { timezone }),
        ...now,
      }),
      true,
    )
  }, [isGiven, dashboard, change])
}

interface PageActionsProps {
  readonly viewed: string | undefined
  readonly kiosk: boolean
  readonly change: Change
  readonly children: ReactNode
}

function PageActions({ viewed, kiosk, change, children }: PageActionsProps) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (viewed !== undefined || kiosk) {
        change((now) => ({ ...now, viewPanel: undefined, kiosk: undefined }))
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [viewed, kiosk, change])
  return (
    <>
      {viewed !== undefined && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconArrowLeft size={14} />}
          onClick={() => change((now) => ({ ...now, viewPanel: undefined }))}
        >
          All panels
        </Button>
      )}
      <TimePicker />
      <ActionIcon
        variant="default"
        size="md"
        aria-label={kiosk ? 'Leave kiosk mode' : 'Kiosk mode'}
        aria-pressed={kiosk}
        onClick={() => change((now) => ({ ...now, kiosk: kiosk ? undefined : 'true' }))}
      >
        <IconDeviceTv size={16} />
      </ActionIcon>
      {children}
    </>
  )
}

/** What the dashboard asks for and does not get, beyond what each panel says in its place. */
function NotSupported({ report }: Pick<LoadedDashboard, 'report'>) {
  const [isClosed, setClosed] = useState(false)
  const shown = report.unsupported.filter((one) => one.panelId === undefined)
  if (isClosed || shown.length === 0) return null
  return (
    <Alert
      color="yellow"
      variant="light"
      title="Not everything of this dashboard is supported"
      withCloseButton
      onClose={() => setClosed(true)}
    >
      {shown.map((one, i) => (
        <div key={i}>
          {one.kind} {one.name}: {one.reason}
        </div>
      ))}
    </Alert>
  )
}
