import { ComingPage } from './coming-page.tsx'

export function TracesPage() {
  return (
    <ComingPage
      title="Traces"
      what="Traces, asked for with TraceQL, will be here."
      meanwhile="Until then there are metrics and logs."
    />
  )
}
