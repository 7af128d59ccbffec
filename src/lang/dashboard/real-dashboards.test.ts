import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allPanels } from './find-unsupported.ts'
import { readDashboard } from './read-dashboard.ts'
import { writeDashboard } from './write-dashboard.ts'

const folder = new URL('../../../../shared/data/dashboards/', import.meta.url)

/** Panels by type after reading. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '179-docker-prometheus-monitoring.json': { row: 2, stat: 6, gauge: 3, timeseries: 7, table: 2 },
  '1860-node-exporter-full-old.json': { row: 19, gauge: 6, stat: 6, timeseries: 160 },
  '1860-node-exporter-full.json': { row: 16, timeseries: 111, gauge: 5, stat: 5, bargauge: 4 },
}

describe('dashboards that people use', () => {
  if (!existsSync(folder)) {
    console.log('skipped: the shared dashboards are not here')
    it.skip('needs ../shared/data/dashboards', () => {})
    return
  }
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    it(`reads ${name}, and reads what it wrote as the same`, () => {
      const text = readFileSync(new URL(name, folder), 'utf8')
      const { dashboard, report } = readDashboard(text)
      const counts: Record<string, number> = {}
      for (const panel of allPanels(dashboard)) counts[panel.type] = (counts[panel.type] ?? 0) + 1
      if (EXPECTED[name]) expect(counts).toEqual(EXPECTED[name])
      expect(report.unsupported).toEqual([])
      const ids = allPanels(dashboard).map((panel) => panel.id)
      expect(new Set(ids).size).toBe(ids.length)
      const again = readDashboard(JSON.stringify(writeDashboard(dashboard)))
      expect(again.dashboard).toEqual(dashboard)
      expect(again.report.migrated).toEqual([])
    })
  }
})
