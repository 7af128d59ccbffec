import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { FaultList } from '../yaml/fault.ts'
import { parseYaml } from '../yaml/parse.ts'
import { readRootRoute } from './config/route-config.ts'
import { listRoutes } from './route-tree.ts'
import { buildRoutes, matchRoutes, pathTo, walkRoutes, type Route } from './route.ts'
import { parseJson } from '../../test/house/parse-json.ts'

/** The tree of a text that holds the content of `route:`; receivers and intervals need not be defined. */
function treeOf(text: string): Route {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'route.yml', faults })
  const anything = new Set(
    [...text.matchAll(/(?:receiver: *|intervals: *\[)['"]?([\w-]+)/g)].map(([, name = '']) => name),
  )
  const config = node && readRootRoute(node, { receivers: anything, timeIntervals: anything })
  if (!config) throw new Error(JSON.stringify(faults.items))
  return buildRoutes(config)
}

const file = path.resolve('../shared/conformance/data/alertmanager/routing.json')
if (!existsSync(file)) console.log(`skipped: ${file} is not there`)

interface Suite {
  readonly configs: Readonly<Record<string, string>>
  readonly cases: readonly {
    readonly test: string
    readonly labels: Readonly<Record<string, string>>
    readonly group_keys: readonly string[] | null
  }[]
}

const suite: Suite = existsSync(file)
  ? parseJson(readFileSync(file, 'utf8'), (json): json is Suite => json !== null)
  : { configs: {}, cases: [] }

describe.skipIf(suite.cases.length === 0)("Alertmanager's own cases of routing", () => {
  const cases = suite.cases.filter((one) => one.group_keys !== null)

  it.each(cases)('$test $labels', ({ test, labels, group_keys: keys }) => {
    const root = treeOf(suite.configs[test] ?? '')
    expect(matchRoutes(root, Labels.from(labels)).map(({ key }) => key)).toEqual(keys)
  })

  it.each(Object.keys(suite.configs))('the tree of %s is built', (name) => {
    expect([...walkRoutes(treeOf(suite.configs[name] ?? ''))].length).toBeGreaterThan(1)
  })
})

const TREE = `
receiver: all
group_by: [alertname]
labels: {team: none, page: '{{ .GroupLabels.alertname }}'}
routes:
  - matchers: [severity="page"]
    receiver: pager
    group_wait: 1s
    continue: true
    mute_time_intervals: [night]
    routes:
      - match: {team: a}
        receiver: pager-a
        group_by: ['...']
        labels: {team: a}
        routes:
          - match: {sub: x}
            group_by: []
  - match_re: {severity: 'page|warn'}
    receiver: chat
    group_interval: 1m
    repeat_interval: 1h
  - receiver: rest
    match: {env: test}
`

describe('the routing tree', () => {
  const root = treeOf(TREE)
  const receivers = (labels: Record<string, string>): string[] =>
    matchRoutes(root, Labels.from(labels)).map(({ receiver }) => receiver)

  it.each([
    [{}, ['all']],
    [{ severity: 'warn', env: 'test' }, ['chat']],
    [{ severity: 'page' }, ['pager', 'chat']],
    [{ severity: 'page', team: 'a' }, ['pager-a', 'chat']],
    [{ severity: 'pages', env: 'test' }, ['rest']],
  ])('%j goes to %j', (labels, wanted) => expect(receivers(labels)).toEqual(wanted))

  it('fills in what comes from above', () => {
    const [all, pager, pagerA, sub, chat] = [...walkRoutes(root)]
    expect(all).toMatchObject({
      groupWaitMs: 30_000,
      groupIntervalMs: 300_000,
      repeatIntervalMs: 14_400_000,
      groupBy: new Set(['alertname']),
    })
    expect(pager).toMatchObject({ groupWaitMs: 1000, muteTimeIntervals: ['night'] })
    expect(pagerA).toMatchObject({
      groupWaitMs: 1000,
      groupBy: 'all',
      muteTimeIntervals: [],
      labels: { team: 'a', page: '{{ .GroupLabels.alertname }}' },
    })
    expect(sub).toMatchObject({ receiver: 'pager-a', groupBy: new Set() })
    expect(chat).toMatchObject({ groupIntervalMs: 60_000, repeatIntervalMs: 3_600_000 })
  })

  it('names nodes as the original does', () => {
    const [, , pagerA, , chat] = [...walkRoutes(root)]
    expect(pagerA?.key).toBe('{}/{severity="page"}/{team="a"}')
    expect(pagerA?.id).toBe('{}/{severity="page"}/0/{team="a"}/0')
    expect(chat?.key).toBe('{}/{severity=~"^(?:page|warn)$"}')
    expect(new Set([...walkRoutes(root)].map(({ id }) => id)).size).toBe(6)
  })

  it('tells the way to a node', () => {
    const [found] = matchRoutes(root, Labels.from({ severity: 'page', team: 'a', sub: 'x' }))
    expect(found && pathTo(found).map(({ receiver, line }) => [receiver, line])).toEqual([
      ['all', 2],
      ['pager', 6],
      ['pager-a', 12],
      ['pager-a', 17],
    ])
  })

  it('is listed as amtool shows it', () => {
    expect(
      listRoutes(root).map(({ depth, title, isContinued }) => [depth, title, isContinued]),
    ).toEqual([
      [0, 'default-route', false],
      [1, '{severity="page"}', true],
      [2, '{team="a"}', false],
      [3, '{sub="x"}', false],
      [1, '{severity=~"^(?:page|warn)$"}', false],
      [1, '{env="test"}', false],
    ])
  })
})
