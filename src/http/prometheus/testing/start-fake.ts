import type { OutgoingHttpHeaders } from 'node:http'
import type { SuccessJson } from '../../../contract/prometheus.ts'
import { createPrometheusListener } from '../../prometheus.ts'
import type { PrometheusDoors } from '../doors.ts'
import { createFakeDoors, createFakeWorld, type FakeWorld } from './fake-doors.ts'

export interface Reply {
  readonly statusCode: number
  readonly headers: OutgoingHttpHeaders
  readonly payload: string
  readonly rawPayload: Buffer
  json(): unknown
}

export interface FakeListener {
  readonly world: FakeWorld
  readonly get: (url: string, headers?: Record<string, string>) => Promise<Reply>
  /** The data of a successful answer; its type is for the test to know. */
  readonly data: <T>(url: string) => Promise<T>
  readonly send: (
    method: 'POST' | 'PUT' | 'OPTIONS' | 'DELETE' | 'HEAD',
    url: string,
    headers?: Record<string, string>,
    payload?: string | Buffer,
  ) => Promise<Reply>
}

/** Headers of a form. */
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** The listener over a fake world, without a port. */
export function startFake(
  change: (doors: PrometheusDoors) => PrometheusDoors = (doors) => doors,
): FakeListener {
  const world = createFakeWorld()
  const doors = change(createFakeDoors(world))
  const address = { host: '127.0.0.1', port: 9090 }
  const { app } = createPrometheusListener(doors, { address, access: {} })
  const host = 'localhost:9090'
  const get: FakeListener['get'] = (url, headers) =>
    app.inject({ method: 'GET', url, headers: { host, ...headers } })
  return {
    world,
    get,
    data: async <T>(url: string) => {
      const { payload } = await get(url)
      const answer = JSON.parse(payload) as SuccessJson<T>
      if (answer.status !== 'success') throw new Error(payload)
      return answer.data
    },
    send: (method, url, headers, payload = '') =>
      app.inject({ method, url, headers: { host, ...headers }, payload }),
  }
}
