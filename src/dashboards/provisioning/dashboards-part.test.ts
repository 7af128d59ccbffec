import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { readDashboardsPart, type DashboardsPart } from './dashboards-part.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-part-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

function read(env: Record<string, string> = {}): { part: DashboardsPart; faults: string[] } {
  const faults = new FaultList()
  const part = readDashboardsPart({
    ...{ dashboards: undefined, datasources: undefined, folder, faults, env },
    provisioning: path.join(folder, 'grafana/provisioning'),
  })
  const shown = faults.items.map((fault) => formatFault(fault).replace(`${folder}/`, ''))
  return { part, faults: shown }
}

const provider = (yaml: string) => write('grafana/provisioning/dashboards/a.yml', yaml)
const sources = (yaml: string) => write('grafana/provisioning/datasources/a.yaml', yaml)

describe('dashboard providers', () => {
  it('are read in Grafana’s words; paths of a container are found beside the configuration', () => {
    mkdirSync(path.join(folder, 'grafana/dashboards'), { recursive: true })
    const file = provider(`apiVersion: 1
providers:
  - name: default
    orgId: 1
    folder: Services
    folderUid: services
    type: file
    disableDeletion: true
    updateIntervalSeconds: 30
    allowUiUpdates: false
    options:
      path: /var/lib/grafana/dashboards
      foldersFromFilesStructure: true
  - {name: default, options: {path: /etc/nowhere}}
`)
    const { part, faults } = read()
    expect(part.files).toEqual([file])
    expect(part.providers[0]).toEqual({
      ...{ name: 'default', folder: 'Services', folderUid: 'services' },
      paths: [path.join(folder, 'grafana/dashboards')],
      ...{ foldersFromFilesStructure: true, allowUiUpdates: false, disableDeletion: true },
      updateIntervalMs: 30_000,
    })
    expect(part.providers[1]).toMatchObject({
      name: 'default 2',
      allowUiUpdates: true,
      updateIntervalMs: 10_000,
    })
    expect(faults).toEqual([
      'grafana/provisioning/dashboards/a.yml:14:37: warning: path: there is no folder /etc/nowhere yet, nor one of this name beside the configuration',
    ])
  })

  it('are refused at their place', () => {
    provider(`apiVersion: 1
providers:
  - name: a
    type: http
    folderUid: ../x
    options: {}
  - name: b
    updateIntervalSeconds: -1
    optoins: {path: x}
`)
    expect(read().faults).toEqual([
      'grafana/provisioning/dashboards/a.yml:3:5: providers[0]: options.path must be set: the folder with the dashboards',
      'grafana/provisioning/dashboards/a.yml:4:11: type: must be file, not "http"',
      'grafana/provisioning/dashboards/a.yml:5:16: folderUid: must be letters, digits, _ and -, at most 40',
      'grafana/provisioning/dashboards/a.yml:7:5: providers[1]: options.path must be set: the folder with the dashboards',
      'grafana/provisioning/dashboards/a.yml:8:28: updateIntervalSeconds: must be at least 0, not -1',
      expect.stringMatching(
        /a\.yml:9:5: optoins: unknown key; did you mean options\? Allowed here: /,
      ),
    ])
  })
})

describe('data sources', () => {
  it('are read with their credentials, which are nowhere shown', () => {
    const secret = write('secret', 'from file\n')
    sources(`apiVersion: 1
deleteDatasources: [{name: Old, orgId: 1}]
datasources:
  - name: Prometheus
    type: prometheus
    access: proxy
    url: http://user:pa%20ss@prometheus:9090/
    isDefault: true
    editable: false
    jsonData: {timeInterval: 15s, httpMethod: POST, httpHeaderName1: X-Scope-OrgID, exemplarTraceIdDestinations: [{name: t, datasourceUid: tempo}]}
    secureJsonData: {httpHeaderValue1: $TENANT}
  - name: Loki
    uid: loki
    type: loki
    url: http://\${LOKI_HOST}:3100
    basicAuth: true
    basicAuthUser: me
    secureJsonData: {basicAuthPassword: '$__file{${secret}}', tlsCACert: PEM}
    jsonData: {tlsSkipVerify: true, derivedFields: [{name: t, url: '$\${__value.raw}'}]}
  - {name: MySQL, type: mysql, url: 'http://db:1'}
`)
    const { part, faults } = read({ TENANT: 'ours', LOKI_HOST: 'logs' })
    const [prometheus, loki] = part.datasources
    expect(prometheus).toMatchObject({
      uid: 'PBFA97CFB590B2093',
      url: 'http://prometheus:9090',
      isDefault: true,
    })
    expect(prometheus?.jsonData).toMatchObject({
      timeInterval: '15s',
      exemplarTraceIdDestinations: [{ name: 't' }],
    })
    expect(prometheus?.login.basicAuth?.password?.reveal()).toBe('pa ss')
    expect(prometheus?.login.headers.map(({ name, value }) => [name, value.reveal()])).toEqual([
      ['X-Scope-OrgID', 'ours'],
    ])
    expect(loki).toMatchObject({
      uid: 'loki',
      url: 'http://logs:3100',
      login: { tls: { skipVerify: true, ca: 'PEM' } },
    })
    expect(loki?.login.basicAuth?.password?.reveal()).toBe('from file')
    expect(JSON.stringify(part)).not.toMatch(/pa ss|from file|"ours"/)
    expect(faults).toEqual([
      'grafana/provisioning/datasources/a.yaml:20:25: warning: type: sources of the type mysql are listed, and cannot be asked; those of prometheus, loki, tempo, alertmanager can',
    ])
  })

  it('are refused at their place', () => {
    sources(`datasources:
  - {name: a, type: prometheus, url: 'file:///etc/passwd', isDefault: true}
  - {name: a, type: prometheus, url: 'http://a', isDefault: true}
  - {type: loki, colour: red}
`)
    expect(read().faults).toEqual([
      'grafana/provisioning/datasources/a.yaml:2:38: url: must be a URL that starts with http:// or https://',
      'grafana/provisioning/datasources/a.yaml:4:5: datasources[2]: name must be set',
      expect.stringMatching(/a\.yaml:4:18: colour: unknown key/),
      'datasources: two data sources are called a',
      'datasources: more than one data source is the default: a, a',
    ])
  })
})

describe('variables of Grafana', () => {
  it('say below which path of a proxy the web UI is', () => {
    const rootUrl = (written: string) => read({ GF_SERVER_ROOT_URL: written })
    const whole = rootUrl('https://m.example.org/monitoring/')
    expect([whole.part.rootUrl, whole.faults]).toEqual(['https://m.example.org/monitoring', []])
    for (const below of ['/api/x', '/assets', '/a%22b', '/a//b']) {
      const { part, faults } = rootUrl(`https://m.example.org${below}`)
      expect(part.rootUrl).toBe('https://m.example.org')
      expect(faults).toEqual([expect.stringContaining('the path is not used: it must be of')])
    }
  })

  it('hold, or are warned about by name', () => {
    write('other/provisioning/dashboards/b.yml', 'providers: [{name: b, options: {path: .}}]')
    const { part, faults } = read({
      GF_PATHS_PROVISIONING: '/etc/other/provisioning',
      GF_SERVER_ROOT_URL: 'https://%(domain)s/',
      GF_SERVER_DOMAIN: 'grafana.example.org',
      GF_SECURITY_ADMIN_PASSWORD: 'swordfish',
      GF_USERS_ALLOW_SIGN_UP: 'false',
      GF_INSTALL_PLUGINS: 'grafana-clock-panel',
      GF_FEATURE_TOGGLES_ENABLE: 'x',
    })
    expect(part.rootUrl).toBe('https://grafana.example.org')
    expect(part.providers.map(({ name }) => name)).toEqual(['b'])
    expect(faults).toEqual([
      'environment: warning: GF_FEATURE_TOGGLES_ENABLE has no effect here',
      'environment: warning: GF_INSTALL_PLUGINS has no effect here: there are no plugins here',
      'environment: warning: GF_SERVER_DOMAIN has no effect here: add the name to access.hosts of vedette.yml',
    ])
  })

  it('and files that are not read are named', () => {
    write('grafana/provisioning/alerting/rules.yml', '')
    expect(read().faults).toEqual([
      'grafana/provisioning/alerting: warning: is not read: alert rules are read from rule files, receivers from alertmanager.yml',
    ])
  })
})
