import { setTimeout as sleep } from 'node:timers/promises'
import type { Counter, Span } from '@opentelemetry/api'
import { PretendDatabase } from './database.ts'
import { fail, Service, ServiceFault } from './service.ts'
import type { Telemetry } from './telemetry.ts'

/** What the services behind the gateway answer. */
export interface ShopAnswer {
  readonly status: number
  readonly message: string
}

const GOODS = ['tea', 'coffee', 'bread', 'honey', 'salt', 'rice'] as const

/** Of a hundred orders so many are declined, and so many meet a slow statement, also when all is well. */
const DECLINED = 0.02
const SLOW = 0.02

/**
 * The services of the demonstration: the gateway asks orders, orders asks payments, payments asks its pretend database. They are one
 * process, but each has telemetry of its own and calls leave the spans that calls over a network leave.
 */
export class Shop {
  readonly gateway: Service
  readonly #orders: Service
  readonly #payments: Service
  readonly #database: PretendDatabase
  readonly #created: Counter
  readonly #declined: Counter
  #nextOrder = 1

  constructor(telemetry: Telemetry) {
    this.gateway = new Service(telemetry.service('gateway'))
    this.#orders = new Service(telemetry.service('orders'))
    this.#payments = new Service(telemetry.service('payments'))
    this.#database = new PretendDatabase(this.#payments)
    this.#created = this.#orders.telemetry.meter.createCounter('orders.created', {
      description: 'Orders that were placed, by what was ordered.',
    })
    this.#declined = this.#payments.telemetry.meter.createCounter('payments.declined', {
      description: 'Payments that the bank declined.',
    })
  }

  /** Places an order. Throws a `ServiceFault`. */
  placeOrder(): Promise<ShopAnswer> {
    const id = this.#nextOrder++
    const goods = GOODS[id % GOODS.length] ?? 'tea'
    const cents = 199 + ((id * 37) % 2000)
    const request = { method: 'POST', route: '/orders', path: '/orders' }
    return this.gateway.call(this.#orders, request, async (span) => {
      span.setAttributes({ 'order.id': id, 'order.goods': goods, 'order.cents': cents })
      await this.#orders.within('price the basket', { 'basket.items': 1 + (id % 5) }, () =>
        sleep(between(1, 5)),
      )
      await this.#pay(id, cents)
      this.#created.add(1, { goods })
      this.#orders.log('info', 'order placed', { order_id: id, goods, cents })
      return { status: 201, message: `order ${id} placed` }
    })
  }

  /** Answers with a status after a time, as asked: the time passes in the database. Throws a `ServiceFault`. */
  answerWith(status: number, seconds: number): Promise<ShopAnswer> {
    const id = 1 + Math.floor(Math.random() * this.#nextOrder)
    const request = { method: 'GET', route: '/orders/{id}', path: `/orders/${id}` }
    return this.gateway.call(this.#orders, request, async (span) => {
      span.setAttribute('order.id', id)
      return this.#readPayment(id, status, seconds)
    })
  }

  async #pay(id: number, cents: number): Promise<ShopAnswer> {
    const request = { method: 'POST', route: '/payments', path: '/payments' }
    return this.#orders.call(this.#payments, request, async (span) => {
      span.setAttributes({ 'order.id': id, 'payment.cents': cents })
      const isSlow = Math.random() < SLOW
      await this.#database.run({
        ...{ operation: 'SELECT', table: 'accounts' },
        text: 'SELECT balance FROM accounts WHERE customer = $1 FOR UPDATE',
        durationMs: isSlow ? between(400, 900) : between(2, 8),
      })
      if (Math.random() < DECLINED) this.#decline(span, id)
      await this.#database.run({
        ...{ operation: 'INSERT', table: 'payments' },
        text: 'INSERT INTO payments (order_id, cents) VALUES ($1, $2)',
        durationMs: between(2, 12),
      })
      this.#payments.log('info', 'payment taken', { order_id: id, cents })
      return { status: 201, message: 'paid' }
    })
  }

  #decline(span: Span, id: number): never {
    this.#declined.add(1)
    span.addEvent('declined', { 'bank.code': 51 })
    this.#payments.log('warn', 'payment declined', { order_id: id, bank_code: 51 })
    throw new ServiceFault(402, `order ${id}: the payment was declined`)
  }

  async #readPayment(id: number, status: number, seconds: number): Promise<ShopAnswer> {
    const path = `/payments/${id}`
    const request = { method: 'GET', route: '/payments/{id}', path }
    return this.#orders.call(this.#payments, request, async (span) => {
      const statement = {
        ...{ operation: 'SELECT', table: 'payments' },
        text: 'SELECT * FROM payments WHERE order_id = $1',
        durationMs: seconds > 0 ? seconds * 1000 : between(1, 10),
      }
      if (status < 500) {
        await this.#database.run(statement)
        if (status < 400) return { status, message: `payment ${id} found` }
        this.#payments.log('warn', 'a request was refused', { order_id: id, status })
        throw new ServiceFault(status, `payment ${id} cannot be read`)
      }
      try {
        const failure = 'canceling statement due to statement timeout'
        return await this.#database.run({ ...statement, failure }).then(() => ({
          ...{ status, message: 'read in spite of all' },
        }))
      } catch (thrown) {
        fail(span, thrown)
        this.#payments.log('error', 'payments cannot be read', {
          order_id: id,
          error: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
        })
        throw new ServiceFault(status, 'payments cannot be read')
      }
    })
  }
}

function between(least: number, most: number): number {
  return least + Math.random() * (most - least)
}
