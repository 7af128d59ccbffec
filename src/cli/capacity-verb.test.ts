import { afterEach, describe, expect, it } from 'vitest'
import { runCapacity } from './capacity-verb.ts'
import { startFakeApi, success, type FakeApi } from './testing/fake-api.ts'
import { fakeTerminal } from './testing/fake-terminal.ts'

const GIB = 2 ** 30
const HOUR = 3600

/** A series of two days, a point an hour, that ends at this size. */
function series(
  name: string,
  labels: Record<string, string>,
  lastBytes: number,
  perDay: number,
  hours = 48,
) {
  return {
    metric: { __name__: name, instance: 'localhost:9187', job: 'postgres', ...labels },
    values: Array.from({ length: hours + 1 }, (_, i) => [
      i * HOUR,
      String(lastBytes - ((hours - i) / 24) * perDay),
    ]),
  }
}

const ofTable = (relname: string) => ({ datname: 'shop', schemaname: 'public', relname })
const server = 'db:5432'

describe('vedette capacity', () => {
  let api: FakeApi | undefined
  afterEach(async () => api?.close())

  async function look(result: readonly unknown[], more: Record<string, unknown> = {}) {
    api = await startFakeApi({ '/api/v1/query_range': success({ resultType: 'matrix', result }) })
    const terminal = fakeTerminal()
    const options = { window: '2d', tables: 2, output: 'text' as const, url: api.url, ...more }
    const code = await runCapacity(options, terminal)
    return { code, out: terminal.out(), form: api.requests[0]?.form }
  }

  it('shows sizes, growth, and the day on which the disk is full', async () => {
    const { code, out, form } = await look([
      series('pg_database_size_bytes', { server, datname: 'shop' }, 10 * GIB, GIB),
      series('pg_database_size_bytes', { server, datname: 'old' }, 20 * GIB, 0),
      series('pg_stat_user_tables_size_bytes', ofTable('orders'), 8 * GIB, GIB),
      series('pg_stat_user_tables_size_bytes', ofTable('users'), GIB, -(2 ** 20)),
      series('pg_stat_user_tables_size_bytes', ofTable('words'), 2 * GIB, 0),
      series('pg_wal_size_bytes', {}, GIB, 0),
      series('pg_capacity_disk_size_bytes', { server }, 100 * GIB, 0),
      series('pg_capacity_disk_avail_bytes', { server }, 40 * GIB, -2 * GIB),
    ])
    expect(code).toBe(0)
    expect(form).toMatchObject({ step: '2880' })
    expect(out.replace(/\(\d{4}-\d\d-\d\d\)/, '(DAY)')).toMatchInlineSnapshot(`
      "PostgreSQL db:5432, by the last 2d
        disk  40.0 GiB of 100 GiB free, +2.0 GiB a day: full in 20 days (DAY)
        log   1.0 GiB of write-ahead log

        database  size      a day
        old       20.0 GiB  0
        shop      10.0 GiB  +1.0 GiB

        table               size     a day
        shop.public.orders  8.0 GiB  +1.0 GiB
        shop.public.users   1.0 GiB  -1.0 MiB
      "
    `)
  })

  it('says what is not known', async () => {
    const { out } = await look([
      series('pg_database_size_bytes', { datname: 'shop' }, GIB, 0, 0),
      series('pg_database_size_bytes', { instance: 'b', datname: 'shop' }, GIB, 0, 0),
      series('pg_capacity_disk_size_bytes', { instance: 'b' }, 100 * GIB, 0, 0),
      series('pg_capacity_disk_avail_bytes', { instance: 'b' }, 40 * GIB, 0, 0),
    ])
    expect(out).toMatchInlineSnapshot(`
      "PostgreSQL localhost:9187, seen for less than a minute
        disk  not known: it is on another machine

        database  size     a day
        shop      1.0 GiB  ?

      PostgreSQL b, seen for less than a minute
        disk  40.0 GiB of 100 GiB free; how it fills is not known before an hour is over

        database  size     a day
        shop      1.0 GiB  ?
      "
    `)
  })

  it('gives the same to programs, and fails where nothing is watched', async () => {
    const { out } = await look(
      [series('pg_database_size_bytes', { server, datname: 'shop' }, 10 * GIB, GIB)],
      { output: 'json' },
    )
    expect(JSON.parse(out)).toMatchObject([
      { server, databases: [{ name: 'shop', sizeBytes: 10 * GIB }], tables: [] },
    ])
    await api?.close()
    expect((await look([])).code).toBe(1)
    await expect(look([], { window: 'long' })).rejects.toThrow('--window must be a duration')
  })
})
