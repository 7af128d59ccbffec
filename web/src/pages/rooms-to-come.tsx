import { ComingPage } from './coming-page.tsx'

export function DashboardsPage() {
  return (
    <ComingPage
      title="Dashboards"
      what="Grafana’s dashboards will be shown here as they are."
      meanwhile="Until then their queries run as they are in Explore."
    />
  )
}

export function LogsPage() {
  return (
    <ComingPage
      title="Logs"
      what="Log lines, asked for with LogQL, will be here."
      meanwhile="Until then there are metrics."
    />
  )
}

export function TracesPage() {
  return (
    <ComingPage
      title="Traces"
      what="Traces, asked for with TraceQL, will be here."
      meanwhile="Until then there are metrics."
    />
  )
}
