import { messageOf, Problem } from '../../model/problem.ts'
import type { Exchange } from '../exchange.ts'
import type { Answer } from '../send.ts'
import {
  checkSelectorCount,
  invalidParam,
  MAX_TIME_MS,
  MIN_TIME_MS,
  parseMatchers,
  readTime,
} from './decode-params.ts'
import type { Admin, PrometheusDoors } from './doors.ts'
import type { ApiRoute } from './respond.ts'

/** The admin API: refused until its flag is given, because it deletes. */
export function adminRoutes({ admin }: Pick<PrometheusDoors, 'admin'>): ApiRoute[] {
  const route = (
    path: string,
    act: (admin: Admin, exchange: Exchange) => Promise<Answer>,
  ): ApiRoute => ({
    methods: ['POST', 'PUT'],
    path: `/admin/tsdb/${path}`,
    permission: 'admin',
    handle: (exchange) => {
      if (admin === undefined) throw new Problem('unavailable', 'admin APIs disabled')
      exchange.audit(`tsdb.${path}`, exchange.params.all('match[]').join(' '))
      return act(admin, exchange)
    },
  })
  return [
    route('delete_series', deleteSeries),
    route('clean_tombstones', async (allowed) => {
      await allowed.cleanTombstones()
      return { status: 204 }
    }),
    route('snapshot', () => {
      throw new Problem('execution', 'snapshots are not supported by this server yet')
    }),
  ]
}

async function deleteSeries(admin: Admin, { params }: Exchange): Promise<Answer> {
  const texts = params.all('match[]')
  if (texts.length === 0) throw new Problem('bad_data', 'no match[] parameter provided')
  checkSelectorCount(texts)
  const startMs = readTime(params, 'start', MIN_TIME_MS)
  const endMs = readTime(params, 'end', MAX_TIME_MS)
  const selectors = texts.map((text) => {
    try {
      return parseMatchers(text)
    } catch (thrown) {
      throw invalidParam('match[]', messageOf(thrown))
    }
  })
  await admin.deleteSeries(selectors, startMs, endMs)
  return { status: 204 }
}
