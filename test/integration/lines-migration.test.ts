import { expect, it } from 'vitest'
import { StoreClient } from '../../src/store/client.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/schema.ts'
import { StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()

/** The first version with lines. */
const OLD_VERSION = 2
const INSERT = `INSERT INTO {db}.lines (keep, id, ts, body, meta)
  SELECT 0, number % 3, fromUnixTimestamp64Nano(toInt64(1778400000000000000 + number * 1000000)), concat('line ', toString(number), ' word', toString(number % 50), ' end'), map('n', toString(number))
  FROM numbers(20000)`
const FIGURES = `SELECT count() AS lines, sum(cityHash64(id, ts, body, meta)) AS sum FROM {db}.lines`
const META = `SELECT count() AS lines FROM {db}.lines WHERE has(mapValues(meta), '77') AND meta['n'] = '77'`
const CODECS = `SELECT DISTINCT default_compression_codec AS codec FROM {parts}
  WHERE active AND database = {db_name} AND table = 'lines'`
const WORD = `SELECT count() AS lines FROM {db}.lines WHERE hasToken(body, 'word7')`

it('lines of an older version are all there after the migration, and found', async () => {
  const { url, socketPath } = harness.engine
  const client = new StoreClient({ url, socketPath, database: 'old_lines' })
  try {
    await migrate(
      client,
      MIGRATIONS.filter(({ version }) => version <= OLD_VERSION),
    )
    await client.command(INSERT)
    const [before] = await client.rows(FIGURES)
    expect(before?.['lines']).toBe('20000')
    expect(await migrate(client)).toBe(MIGRATIONS.at(-1)?.version)
    expect(await client.rows(FIGURES)).toEqual([before])
    expect(await client.rows(WORD)).toEqual([{ lines: '400' }])
    await client.command('OPTIMIZE TABLE {db}.lines FINAL')
    expect(await client.rows(FIGURES)).toEqual([before])
    // The codec of indexes: that of columns is written with each.
    expect(await client.rows(CODECS)).toEqual([{ codec: 'ZSTD(1)' }])
    const settings = { force_data_skipping_indices: 'words' }
    expect(await client.rows(WORD, { settings })).toEqual([{ lines: '400' }])
    const byMetadata = { force_data_skipping_indices: 'metas' }
    expect(await client.rows(META, { settings: byMetadata })).toEqual([{ lines: '1' }])
  } finally {
    await client.close()
  }
})
