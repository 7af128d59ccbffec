import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_COMPONENTS, readComponents, writeFirstConfig } from './components.ts'
import { install, uninstall, unitFile, type InstallPlan } from './install.ts'
import { writeUnit } from './unit.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'vedette-install-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function plan(changes: Partial<InstallPlan> = {}): InstallPlan {
  return {
    root,
    unit: 'vedette',
    user: 'vedette',
    configFolder: '/etc/vedette',
    dataFolder: '/var/lib/vedette',
    components: DEFAULT_COMPONENTS,
    program: ['/bin/true', '/usr/lib/vedette/dist/main.js'],
    ...changes,
  }
}

describe('an installation below another root', () => {
  it('makes folders, configuration and unit, and nothing a second time', () => {
    expect(install(plan()).map(({ outcome }) => outcome)).toEqual([
      'created',
      'created',
      'created',
      'created',
    ])
    expect(install(plan()).every(({ outcome }) => outcome === 'unchanged')).toBe(true)
    expect(statSync(path.join(root, 'var/lib/vedette')).mode & 0o777).toBe(0o700)
    expect(statSync(path.join(root, 'etc/vedette')).mode & 0o777).toBe(0o750)
  })

  it('never changes a configuration that is there, and replaces the unit of an older version', () => {
    install(plan())
    const config = path.join(root, 'etc/vedette/vedette.yml')
    writeFileSync(config, '# mine\n')
    writeFileSync(unitFile(plan()), '# old\n')
    const outcomes = install(plan()).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['unchanged', 'unchanged', 'unchanged', 'changed'])
    expect(readFileSync(config, 'utf8')).toBe('# mine\n')
  })

  it('is one of an agent where that is asked for, with the same account and folders of its own', () => {
    const agent = plan({
      ...{ unit: 'vedette-agent', dataFolder: '/var/lib/vedette-agent' },
      agent: { server: 'https://monitoring.example.org:9090/' },
      program: ['/bin/true', '/usr/lib/vedette/dist/agent.js'],
    })
    expect(install(agent).every(({ outcome }) => outcome === 'created')).toBe(true)
    expect(install(agent).every(({ outcome }) => outcome === 'unchanged')).toBe(true)
    const file = path.join(root, 'etc/systemd/system/vedette-agent.service')
    expect(unitFile(agent)).toBe(file)
    const unit = readFileSync(file, 'utf8')
    expect(unit).toContain(
      'ExecStart=/bin/true /usr/lib/vedette/dist/agent.js agent --server https://monitoring.example.org:9090/ ' +
        '--token-file /etc/vedette/agent.token --config /etc/vedette --data /var/lib/vedette-agent\n',
    )
    expect(unit).toContain('WorkingDirectory=/var/lib/vedette-agent\n')
    const config = readFileSync(path.join(root, 'etc/vedette/vedette.yml'), 'utf8')
    expect(config).toContain('promtail: host\n')
    expect(config).not.toContain('storage')
  })

  it('asks for the groups that read logs only where they exist', () => {
    mkdirSync(path.join(root, 'etc'))
    writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\nadm:x:4:\n')
    install(plan())
    expect(readFileSync(unitFile(plan()), 'utf8')).toContain('SupplementaryGroups=adm\n')
  })

  it('is removed with the unit only, and with everything when purged', () => {
    install(plan())
    expect(uninstall(plan(), false).map(({ what }) => what)).toEqual([unitFile(plan())])
    expect(uninstall(plan(), true)).toHaveLength(2)
    expect(uninstall(plan(), true)).toEqual([])
  })
})

describe('components', () => {
  it('are named as the programs that they replace', () => {
    expect([...readComponents('prometheus, Grafana,postgres_exporter')]).toEqual([
      'metrics',
      'dashboards',
      'postgres',
    ])
  })

  it('that do not exist are refused with the list of those that do', () => {
    expect(() => readComponents('mimir')).toThrow(/no component mimir; there are:\n {2}metrics/)
  })

  it('that are not chosen are closed in the first configuration', () => {
    const text = writeFirstConfig(readComponents('prometheus,passenger'), '/data')
    expect(text).toContain('passenger: {}\n')
    expect(text).toContain('  ui: off\n')
    expect(text).toContain('  loki: off\n')
    expect(text).not.toContain('promtail:')
  })
})

describe('the unit', () => {
  const settings = {
    description: 'Vedette',
    user: 'vedette',
    groups: ['adm'],
    command: ['/usr/bin/env', '/opt/50% "off"/$HOME/main.js', 'start'],
    dataFolder: '/var/lib/vedette',
  }

  it('quotes what systemd would read otherwise', () => {
    expect(writeUnit(settings)).toContain(
      'ExecStart=/usr/bin/env "/opt/50%% \\"off\\"/$$HOME/main.js" start\n',
    )
  })

  it('refuses a path that would begin another line', () => {
    expect(() => writeUnit({ ...settings, dataFolder: '/a\nUser=root' })).toThrow(
      /control characters/,
    )
  })

  it('is well-formed to systemd, and little exposed', () => {
    const file = path.join(root, 'vedette.service')
    writeFileSync(file, writeUnit({ ...settings, command: ['/bin/true', 'start'] }))
    const security = ['security', '--offline=yes', '--threshold=30', file]
    const checked = spawnSync('systemd-analyze', security, { encoding: 'utf8' })
    if (checked.error !== undefined || /offline/.test(checked.stderr)) {
      console.log('skipped: there is no systemd-analyze that can look at a file here')
      return
    }
    expect(checked.status, checked.stdout.slice(-200)).toBe(0)
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    expect(verified.stderr).not.toMatch(/vedette\.service:/)
  })
})
