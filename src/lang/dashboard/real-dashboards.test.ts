import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allPanels } from './find-unsupported.ts'
import { readDashboard } from './read-dashboard.ts'
import { writeDashboard } from './write-dashboard.ts'

const folder = new URL('../../../../shared/data/dashboards/', import.meta.url)
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
if (files.length === 0) console.log(`skipped, because it is not there: ${folder.pathname}`)

function readFile(name: string) {
  return readDashboard(readFileSync(new URL(name, folder), 'utf8'))
}

function countTypes(name: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { type } of allPanels(readFile(name).dashboard)) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

describe.skipIf(files.length === 0)('dashboards that people use', () => {
  it.each(files)('%s: what was written reads as the same', (name) => {
    const { dashboard, report } = readFile(name)
    const again = readDashboard(JSON.stringify(writeDashboard(dashboard)))
    expect(again.dashboard).toEqual(dashboard)
    expect(again.report.migrated).toEqual([])
    const kinds = new Set(report.unsupported.map((one) => one.kind))
    expect([...kinds].filter((kind) => kind !== 'panel option')).toEqual([])
  })

  it.each(files)('%s: each panel has an id of its own and a place on the grid', (name) => {
    const panels = allPanels(readFile(name).dashboard)
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length)
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
  })

  it.each([
    [
      '179-docker-prometheus-monitoring.json',
      { row: 2, stat: 6, gauge: 3, timeseries: 7, table: 2 },
    ],
    ['1860-node-exporter-full-old.json', { row: 19, gauge: 6, stat: 6, timeseries: 160 }],
    ['1860-node-exporter-full.json', { row: 16, timeseries: 111, gauge: 5, stat: 5, bargauge: 4 }],
  ])('%s: panels by type', (name, expected) => {
    expect(countTypes(name)).toEqual(expected)
  })
})
