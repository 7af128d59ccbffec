import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { translateMonitoring } from './monitoring-verb.ts'
import { runCaptured } from './testing/run-captured.ts'

describe('behind the word monitoring', () => {
  it.each([
    ['install --components prometheus,grafana', 'install --components prometheus,grafana'],
    ['start', 'start'],
    ['status', 'status'],
    ['install-dashboards', 'dashboards install --all'],
    ['install-dashboards --help', 'dashboards install --all --help'],
    ['install-dashboards host postgres', 'dashboards install host postgres'],
    ['list-dashboards', 'dashboards list'],
    ['export-dashboard host --output x.json', 'dashboards export --id host --output x.json'],
    ['export-dashboard --id host', 'dashboards export --id host'],
    ['test-alert --severity critical', 'test-alert --severity critical'],
    ['silence --duration 2h --reason upgrade', 'silence add --duration 2h --reason upgrade'],
    ['silence alertname=X', 'silence add alertname=X'],
    ['silence list', 'silence list'],
    ['silence expire 1', 'silence expire 1'],
    ['', ''],
  ])('%s', (typed, expected) => {
    expect(translateMonitoring(typed.split(' ').filter((word) => word !== '')).join(' ')).toBe(
      expected,
    )
  })
})

describe('vedette monitoring', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'vedette-monitoring-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const run = (...args: readonly string[]) => runCaptured('monitoring', ...args)

  it('installs, lists and exports dashboards', async () => {
    const installed = await run('install-dashboards', '--data', folder)
    expect([installed.code, installed.err]).toEqual([0, ''])
    expect(installed.out).toMatch(/^saved Host \(vedette-host\)/m)
    expect((await run('list-dashboards', '--data', folder)).out).toMatch(/^vedette-host +.*Host/m)
    const file = path.join(folder, 'host.json')
    const exported = await run(
      'export-dashboard',
      'vedette-host',
      '--output',
      file,
      '--data',
      folder,
    )
    expect(exported.code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ title: 'Host' })
  })

  it('makes the service in a folder that stands for /', async () => {
    const { code, out } = await run(
      'install',
      '--root',
      folder,
      '--components',
      'prometheus,grafana',
    )
    expect(code).toBe(0)
    expect(out).toContain('vedette.service')
  })

  it.each([
    [
      ['silence', '--duration', '2h', '--reason', 'upgrade'],
      /Alertmanager|cannot reach|nothing listens/,
    ],
    [['test-alert', '--severity', 'critical'], /cannot reach|nothing listens/],
  ])('%j asks the server', async (words, message) => {
    const { code, err } = await run(...words, '--alertmanager.url', 'http://127.0.0.1:1')
    expect([code, err]).toEqual([1, expect.stringMatching(message)])
  })
})
