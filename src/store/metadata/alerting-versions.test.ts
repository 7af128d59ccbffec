import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { listAlertsChangedSince, saveActiveAlerts, type StoredAlert } from './active-alerts.ts'
import { readAlertingVersions } from './alerting-versions.ts'
import { saveSilences } from './silences.ts'
import { describeOnPostgres } from './testing/each-database.ts'

const alert = (fingerprint: string): StoredAlert => ({
  ...{ fingerprint, labels: Labels.from({ alertname: fingerprint }), annotations: Labels.EMPTY },
  ...{ startsAtMs: 1000, endsAtMs: 2000, updatedAtMs: 1000, isTimeout: false, generatorUrl: '' },
})
const silence = (id: string, comment: string) => ({
  ...{ id, comment, matchers: [], startsAtMs: 0, endsAtMs: 0, updatedAtMs: 0, createdBy: '' },
  annotations: {},
})

describeOnPostgres('what others changed', ({ open, place }) => {
  it('is told of silences by a version that every change changes', async () => {
    const metadata = await open()
    const seen = new Set<string>()
    const note = async (): Promise<void> => {
      seen.add((await readAlertingVersions(metadata)).silences)
    }
    await note()
    await saveSilences(metadata, [silence('a', 'one'), silence('b', 'two')])
    await note()
    await note()
    await saveSilences(metadata, [silence('a', 'three')])
    await note()
    await metadata.db.deleteFrom('silences').where('id', '=', 'b').execute()
    await note()
    expect(seen.size).toBe(4)
  })

  it('is found of alerts, also what a slow transaction wrote', async () => {
    const where = await place()
    const [metadata, other] = [await open(where), await open(where)]
    const found: string[] = []
    let horizon = 0
    const look = async (): Promise<void> => {
      const versions = await readAlertingVersions(metadata)
      const alerts = await listAlertsChangedSince(metadata, horizon)
      found.push(...alerts.map((each) => each.fingerprint))
      horizon = versions.horizon
    }
    await saveActiveAlerts(metadata, [alert('a')], [])
    await look()
    await look()
    expect(found).toEqual(['a'])
    let commit = (): void => undefined
    const waiting = new Promise<void>((resolve) => (commit = resolve))
    let isWritten = (): void => undefined
    const written = new Promise<void>((resolve) => (isWritten = resolve))
    const slow = other.db.transaction().execute(async (transaction) => {
      await sql`insert into active_alerts (fingerprint, labels, annotations, starts_ms, ends_ms,
        updated_ms, is_timeout, generator_url, changed) values ('slow', '[]', '[]', 0, 0, 0, 0, '',
        txid_current())`.execute(transaction)
      isWritten()
      await waiting
    })
    await written
    await saveActiveAlerts(metadata, [alert('quick')], [])
    await look()
    await look()
    expect(new Set(found)).toEqual(new Set(['a', 'quick']))
    commit()
    await slow
    await look()
    expect(found).toContain('slow')
  })
})
