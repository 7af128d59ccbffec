import { Problem } from '../../model/problem.ts'
import type { Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { ApiRoute } from './respond.ts'

/** Endpoints of the original that this server does not have yet: refused as the original does when they are switched off. */
export function unsupportedRoutes(): Route[] {
  const absent = (method: 'GET' | 'POST', path: string, what: string): Route => ({
    methods: [method],
    path,
    permission: method === 'GET' ? 'read' : 'write',
    handle: () => textAnswer(404, `${what} not supported by this server yet`),
  })
  return [
    absent('POST', '/api/v1/read', 'remote read is'),
    absent('GET', '/federate', 'federation is'),
  ]
}

/** The experimental search, which the original has only behind a feature flag. */
export function searchRoutes(): ApiRoute[] {
  return ['metric_names', 'label_names', 'label_values'].map((what) => ({
    methods: ['GET', 'POST'],
    path: `/search/${what}`,
    handle: () => {
      throw new Problem('unavailable', 'search API disabled')
    },
  }))
}
