import type { DashboardLibrary } from '../../dashboards/library.ts'
import { slugOf, urlOfDashboard } from '../../dashboards/names.ts'
import type { Exchange, Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { Answer } from '../send.ts'

/** Addresses of older Grafanas, which stand in bookmarks and notifications, lead to where the dashboard is. */
export function dashboardLinkRoutes(library: DashboardLibrary): Route[] {
  const route = (path: string, handle: Route['handle']): Route => ({
    ...{ methods: ['GET'], path, permission: 'read', handle },
  })
  return [
    route('/dashboard/db/:slug', (exchange) => redirectSlug(library, exchange)),
    route('/d-solo/:uid', redirectSolo),
    route('/d-solo/:uid/:slug', redirectSolo),
  ]
}

async function redirectSlug(library: DashboardLibrary, exchange: Exchange): Promise<Answer> {
  const slug = exchange.pathParam('slug')
  const found = (await library.list()).find(({ title }) => slugOf(title) === slug)
  if (found === undefined) return redirect('/dashboards', '')
  return redirect(urlOfDashboard(found.uid, found.title), exchange.params.search)
}

/** A panel alone, as it is embedded elsewhere, is the dashboard with that panel in full view. */
function redirectSolo(exchange: Exchange): Answer {
  const search = new URLSearchParams(exchange.params.search)
  const panel = search.get('panelId') ?? ''
  search.delete('panelId')
  if (/^[0-9]{1,15}$/.test(panel)) search.set('viewPanel', panel)
  search.set('kiosk', '')
  return redirect(`/d/${encodeURIComponent(exchange.pathParam('uid'))}`, search.toString())
}

function redirect(path: string, search: string): Answer {
  const location = search === '' ? path : `${path}?${search}`
  const answer = textAnswer(302, 'Found')
  return { ...answer, headers: { ...answer.headers, location, 'cache-control': 'no-store' } }
}
