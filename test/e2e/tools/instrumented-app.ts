/**
 * A program: a service as people write it, with express, calls over HTTP and PostgreSQL, instrumented by the SDK from its environment. It
 * answers one request, sends everything and ends. Its environment: `OTEL_*` and, where there is a PostgreSQL, `PGHOST` and its kind.
 */
import http from 'node:http'
import { createRequire } from 'node:module'
import { metrics } from '@opentelemetry/api'
import { logs } from '@opentelemetry/api-logs'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { NodeSDK } from '@opentelemetry/sdk-node'
import type pgTypes from 'pg'

interface Reply {
  json(value: object): void
}

interface Service {
  (request: http.IncomingMessage, response: http.ServerResponse): void
  get(path: string, handle: (request: { params: { id: string } }, response: Reply) => void): void
}

type Express = () => Service
type Postgres = typeof pgTypes

const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation(),
    new ExpressInstrumentation(),
    new PgInstrumentation(),
  ],
})
sdk.start()

// The instrumentation sees what is loaded by `require` after it.
const require = createRequire(import.meta.url)
const express: unknown = require('express')
const pg: unknown = require('pg')

function isExpress(value: unknown): value is Express {
  return typeof value === 'function'
}

function isPostgres(value: unknown): value is Postgres {
  return typeof value === 'object' && value !== null && 'Client' in value
}

async function readOrder(id: string): Promise<void> {
  if (process.env['PGHOST'] === undefined || !isPostgres(pg)) return
  const client = new pg.Client()
  await client.connect()
  await client.query('SELECT $1::text AS id', [id])
  await client.end()
}

async function answer(id: string, response: Reply): Promise<void> {
  await readOrder(id)
  metrics.getMeter('app').createCounter('orders.read').add(1, { kind: 'one' })
  logs.getLogger('app').emit({ severityText: 'INFO', body: `order ${id} read` })
  response.json({ id })
}

if (!isExpress(express)) throw new Error('this is not express')
const app = express()
app.get('/orders/:id', ({ params: { id } }, response) => void answer(id, response))
const server = http.createServer(app)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  http.get({ host: '127.0.0.1', port, path: '/orders/7' }, (response) => {
    response.resume().on('end', () => {
      server.close()
      void sdk.shutdown()
    })
  })
})
