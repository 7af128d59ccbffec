import { createHash } from 'node:crypto'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import type { PrometheusDoors, WebUi } from './doors.ts'

/** Where bookmarks and links in notifications of the original point to, and the page of ours that they mean. */
const PAGES: ReadonlyMap<string, string> = new Map([
  ['/', '/explore'],
  ['/graph', '/explore'],
  ['/query', '/explore'],
  ['/targets', '/status/targets'],
  ['/alerts', '/alerts'],
  ['/rules', '/alerts/rules'],
  ['/config', '/status/configuration'],
  ['/flags', '/status/configuration'],
  ['/status', '/status/health'],
])

/** The original shows no more. */
const MAX_QUERIES = 20

const LINKS: readonly (readonly [string, string])[] = [
  ['/api/v1/query?query=up', 'an instant query: what is up'],
  ['/api/v1/targets', 'targets and the outcome of their last scrape'],
  ['/api/v1/rules', 'rules'],
  ['/api/v1/alerts', 'alerts'],
  ['/api/v1/label/__name__/values', 'names of all metrics'],
  ['/api/v1/status/tsdb', 'the largest metrics and labels'],
  ['/api/v1/status/config', 'the configuration in force'],
  ['/api/v1/status/flags', 'flags'],
  ['/metrics', "this server's own metrics"],
  ['/-/ready', 'readiness'],
]

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#222;background:#fff}' +
  'code{font:0.9em ui-monospace,monospace}li{margin:.2rem 0}' +
  '@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}a{color:#8ab4f8}}'

/** In the place of the original's web interface: the way to ours, or, where that is off, a page that says where things are. */
export function pageRoutes({ webUi }: Pick<PrometheusDoors, 'webUi'>): Route[] {
  const page = buildPage()
  return [...PAGES].map(([path, target]) => ({
    methods: ['GET'],
    path,
    permission: 'read',
    handle: (exchange) => {
      const ui = webUi?.()
      return ui === undefined ? page : toWebUi(ui, target, exchange)
    },
  }))
}

/** Queries of `/graph?g0.expr=…` go along. */
function toWebUi({ url, isPublic }: WebUi, target: string, { params, headers }: Exchange): Answer {
  const isOfLogs = target === '/explore' && params.get('g0.type') === 'loki'
  const isOfTraces = target === '/explore' && params.get('g0.type') === 'tempo'
  const location = new URL(url.replace(/\/$/, '') + (isOfLogs ? '/logs' : target))
  const reached = `http://${headers.host ?? ''}`
  if (!isPublic && URL.canParse(reached)) location.hostname = new URL(reached).hostname
  for (let at = 0; at < MAX_QUERIES && target === '/explore'; at++) {
    const expr = params.get(`g${at}.expr`)
    if (expr === '') break
    location.searchParams.append('q', expr)
  }
  if (isOfTraces) location.searchParams.set('lang', 'traceql')
  return { status: 302, headers: { location: location.href, 'cache-control': 'no-store' } }
}

function buildPage(): Answer {
  const items = LINKS.map(
    ([href, text]) => `<li><a href="${href}"><code>${href}</code></a> ${text}</li>`,
  )
  const body =
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width"><title>Vedette: Prometheus API</title>' +
    `<style>${STYLE}</style></head><body><h1>Prometheus API</h1>` +
    '<p>This is Vedette, answering where Prometheus does. This port has no web interface, and the web UI is off: point Grafana, ' +
    '<code>promtool</code> or <code>vedette query</code> here.</p>' +
    `<ul>${items.join('')}</ul></body></html>\n`
  const styleHash = createHash('sha256').update(STYLE).digest('base64')
  return {
    contentType: 'text/html; charset=utf-8',
    headers: {
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
    body,
  }
}
