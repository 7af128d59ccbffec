import { ComingPage } from './coming-page.tsx'

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
