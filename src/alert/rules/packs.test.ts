import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allPanels } from '../../lang/dashboard/find-unsupported.ts'
import { readDashboard } from '../../lang/dashboard/read-dashboard.ts'
import { formatFault, FaultList } from '../../yaml/fault.ts'
import { findDuplicateRules } from './find-duplicate-rules.ts'
import { packRuleFiles, packTestFiles, packValues, renderPackFile } from './pack-rules.ts'
import { variablesIn } from './pack-variables.ts'
import { builtInPacksFolder, readPacksPart, type Pack } from './packs-part.ts'
import type { AlertingRuleConfig } from './rule-config.ts'
import { readTestFile } from './unit-test/read-test-file.ts'
import { runTestFile } from './unit-test/run-test-file.ts'

const faults = new FaultList()
const { packs } = readPacksPart(
  { node: undefined, folders: [builtInPacksFolder()], rules: [] },
  faults,
)
const named = packs.map((pack): [string, Pack] => [pack.manifest.name, pack])

const alertsOf = ({ groups }: Pack): readonly AlertingRuleConfig[] =>
  groups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.kind === 'alerting' ? [rule] : [])))
const onMetrics = (pack: Pack): Pack => ({
  ...pack,
  groups: pack.groups.filter(({ language }) => language !== 'logql'),
})
const isForMachines = (alert: string): boolean => ['Watchdog', 'InfoInhibitor'].includes(alert)
const textOf = ({ annotations }: AlertingRuleConfig, name: string): string =>
  annotations.find(([each]) => each === name)?.[1] ?? ''

describe('the packs that ship', () => {
  it('are all there and read without a fault', () => {
    expect(faults.items.map(formatFault)).toEqual([])
    expect(packs.map(({ manifest }) => manifest.name)).toEqual([
      ...[
        'agents',
        'backups',
        'containers',
        'host',
        'http',
        'kubernetes',
        'logs',
        'nginx',
        'passenger',
      ],
      ...['postgres', 'provisioning', 'security', 'services', 'traces', 'traefik', 'vedette'],
    ])
    for (const { manifest, mode, groups } of packs) {
      expect(mode).toBe('auto')
      expect(manifest.needsMatchers.length).toBeGreaterThan(0)
      expect(groups.length).toBeGreaterThan(0)
    }
  })

  it('name no alert twice', () => {
    expect(findDuplicateRules(packs.flatMap(({ groups }) => groups))).toEqual([])
    const names = packs.flatMap((pack) => alertsOf(pack).map(({ name }) => name))
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })
})

describe.each(named)('the pack %s', (name, pack) => {
  it.each(alertsOf(pack).map((rule): [string, AlertingRuleConfig] => [rule.name, rule]))(
    '%s has a severity, texts and a page of the runbook',
    (alert, rule) => {
      // As kube-prometheus has it: none is for the machinery of alerting itself.
      const severities = ['critical', 'warning', 'info', ...(isForMachines(alert) ? ['none'] : [])]
      expect(severities).toContain(Object.fromEntries(rule.labels)['severity'])
      expect(textOf(rule, 'summary')).not.toBe('')
      expect(textOf(rule, 'description')).not.toBe('')
      expect(textOf(rule, 'runbook_url')).toBe(`docs/runbooks/${name}.md#${alert.toLowerCase()}`)
      expect(readFileSync(`docs/runbooks/${name}.md`, 'utf8')).toContain(`\n## ${alert}\n`)
    },
  )

  it('tests that each alert fires, and that it does not before and afterwards', async () => {
    const fired = new Set<string>()
    const quiet = new Set<string>()
    for (const file of packTestFiles(pack.manifest.folder)) {
      const result = await runTestFile(file)
      expect(result.faults).toEqual([])
      expect(result.tests.filter(({ failures }) => failures.length > 0)).toEqual([])
      for (const group of readTestFile(file, new FaultList())?.groups ?? []) {
        const times = group.alertTests.map(({ evalTimeMs }) => evalTimeMs)
        for (const { alertName, expected, evalTimeMs } of group.alertTests) {
          if (expected.length > 0) fired.add(alertName)
          else if (evalTimeMs === Math.max(...times)) quiet.add(alertName)
        }
      }
    }
    // Those on log lines have lines and tests of their own: pack-log-rules.test.ts.
    const names = alertsOf(onMetrics(pack)).map((rule) => rule.name)
    expect([...fired].sort()).toEqual([...names].sort())
    // One always fires, so that its absence can be noticed.
    expect([...quiet].sort()).toEqual(names.filter((alert) => alert !== 'Watchdog').sort())
  })

  it('has the names of its alerts in its files as they are, by which those that are replaced are found', () => {
    const text = packRuleFiles(pack.manifest.folder).map((file) => readFileSync(file, 'utf8'))
    for (const { name: alert } of alertsOf(pack)) expect(text.join('\n')).toContain(alert)
  })

  it('uses each of its variables', () => {
    const text = packRuleFiles(pack.manifest.folder).map((file) => readFileSync(file, 'utf8'))
    const used = new Set(text.flatMap(variablesIn))
    const declared = pack.manifest.variables.map((variable) => variable.name)
    expect([...used].sort()).toEqual([...declared].sort())
  })
})

const hasPromtool = existsSync('/usr/bin/promtool')
if (!hasPromtool)
  console.log('skipped, because it is not installed: promtool on the rules of packs')

describe.skipIf(!hasPromtool)('promtool', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'packs-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const withTests = named.filter(([, pack]) => packTestFiles(pack.manifest.folder).length > 0)
  it.each(withTests)(
    'takes the rules and the tests of %s, with the defaults put in',
    (name, pack) => {
      const out = mkdtempSync(path.join(folder, `${name}-`))
      for (const file of packRuleFiles(pack.manifest.folder)) {
        const values = packValues(pack.manifest)
        const text = renderPackFile({ file, shownAs: file, values, faults })
        writeFileSync(path.join(out, path.basename(file)), text ?? '')
      }
      const tests = packTestFiles(pack.manifest.folder).map((file) => {
        copyFileSync(file, path.join(out, path.basename(file)))
        return path.basename(file)
      })
      const answer = execFileSync('/usr/bin/promtool', ['test', 'rules', ...tests], { cwd: out })
      expect(answer.toString().match(/SUCCESS/g)?.length).toBe(tests.length)
    },
  )
})

const dashboards = packs.flatMap(({ manifest }) => {
  const folder = path.join(manifest.folder, 'dashboards')
  return existsSync(folder) ? readdirSync(folder).map((file) => path.join(folder, file)) : []
})

describe('the dashboards of packs', () => {
  it.each(dashboards.map((file): [string, string] => [path.basename(file), file]))(
    '%s is supported whole, and each panel says what it shows',
    (_, file) => {
      const { dashboard, report } = readDashboard(readFileSync(file, 'utf8'))
      expect(report.unsupported).toEqual([])
      expect(report.migrated).toEqual([])
      const panels = allPanels(dashboard)
      const silent = panels.filter(({ type, description }) => type !== 'row' && !description)
      expect(silent.map(({ title }) => title)).toEqual([])
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
    },
  )
})
