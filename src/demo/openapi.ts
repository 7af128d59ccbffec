interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly description: string
  readonly schema: Readonly<Record<string, string | number>>
}

interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters: readonly Parameter[]
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

/** Longest `seconds_sleep`. */
export const MAX_SLEEP_S = 30

const PATHS: Readonly<Record<string, Operation>> = {
  '/': {
    summary: 'Place an order',
    description: 'The gateway asks orders, which asks payments, which asks its database.',
    parameters: [],
    responses: {
      '201': { description: 'The order was placed.' },
      '402': { description: 'The payment was declined, as one in fifty is.' },
    },
  },
  '/status/{code}': {
    summary: 'Answer with a status, after a time',
    description: 'From 500 on the database fails, so that logs and traces tell of an error.',
    parameters: [
      {
        ...{ name: 'code', in: 'path', required: true },
        description: 'The status to answer with.',
        schema: { type: 'integer', minimum: 200, maximum: 599 },
      },
      {
        ...{ name: 'seconds_sleep', in: 'query', required: false },
        description: 'How long the database is to take.',
        schema: { type: 'number', minimum: 0, maximum: MAX_SLEEP_S },
      },
    ],
    responses: {
      default: { description: 'The status that was asked for.' },
      '400': { description: 'A parameter is out of its bounds.' },
    },
  },
  '/metrics': {
    summary: 'Metrics for Prometheus',
    description: 'As text, or with exemplars where OpenMetrics is accepted.',
    parameters: [],
    responses: { '200': { description: 'A page of metrics.' } },
  },
  '/passenger_metrics': {
    summary: 'Metrics of a pretend Passenger',
    description: 'Under the names of its exporter.',
    parameters: [],
    responses: { '200': { description: 'A page of metrics.' } },
  },
}

/** The description of this service as OpenAPI 3.1. */
export function openapiDocument(version: string): object {
  const paths = Object.fromEntries(
    Object.entries(PATHS).map(([path, operation]) => [path, { get: operation }]),
  )
  return { openapi: '3.1.0', info: { title: 'Vedette demonstration', version }, paths }
}

/** The same for a person; needs no script and nothing from elsewhere. */
export function docsPage(version: string): string {
  const sections = Object.entries(PATHS).map(([path, operation]) => operationHtml(path, operation))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Vedette demonstration</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
section { border: 1px solid #8886; border-radius: .5rem; padding: .25rem 1rem 1rem; margin: 1rem 0 }
h2 { font: 600 1.1rem ui-monospace, monospace } h2 b { color: #1a7f37; margin-right: .75rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top }
code { font: .95em ui-monospace, monospace }
</style></head><body>
<h1>Vedette demonstration <small>${escapeHtml(version)}</small></h1>
<p>Three services in one process: gateway, orders and payments. The description as <a href="/openapi.json">OpenAPI</a>.</p>
${sections.join('\n')}
</body></html>
`
}

function operationHtml(path: string, operation: Operation): string {
  const { summary, description, parameters, responses } = operation
  const inputs = parameters.map(
    ({ name, in: place, schema, description: says }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${place}, ${escapeHtml(boundsOf(schema))}</td><td>${escapeHtml(says)}</td></tr>`,
  )
  const outputs = Object.entries(responses).map(
    ([status, { description: says }]) =>
      `<tr><td><code>${escapeHtml(status)}</code></td><td colspan="2">${escapeHtml(says)}</td></tr>`,
  )
  return `<section><h2><b>GET</b>${escapeHtml(path)}</h2><p><strong>${escapeHtml(summary)}.</strong> ${escapeHtml(description)}</p>
<table>${[...inputs, ...outputs].join('')}</table></section>`
}

function boundsOf({ type, minimum, maximum }: Parameter['schema']): string {
  return `${type ?? ''} from ${minimum ?? ''} to ${maximum ?? ''}`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
