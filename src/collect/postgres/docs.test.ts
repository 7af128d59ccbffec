import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { CAPACITY_FAMILIES } from './capacity.ts'
import { BUILT_IN_QUERIES, describeFamilies } from './queries/built-in-queries.ts'
import { SCRAPE_FAMILIES } from './scrape-page.ts'
import { projectRoot } from '../../../test/house/read-sources.ts'

const PAGE = path.join(projectRoot, 'docs/collect/postgres.md')
const START =
  '<!-- What follows is made from the code: vitest run src/collect/postgres/docs.test.ts --update -->\n'

function describeCollectors(): string[] {
  const names = [...new Set(BUILT_IN_QUERIES.map(({ collector }) => collector))]
  return names.map((name) => {
    const queries = BUILT_IN_QUERIES.filter(({ collector }) => collector === name)
    const notes = [
      ...(queries.some(({ isOff }) => isOff) ? ['off unless asked for'] : []),
      ...(queries.some(({ isPerDatabase }) => isPerDatabase) ? ['in each database'] : []),
      ...(queries.some(({ isCostly }) => isCostly) ? ['once a minute'] : []),
      ...queries.flatMap(({ extension }) =>
        extension === undefined ? [] : [`needs the extension ${extension}`],
      ),
    ]
    return `| \`${name}\` | ${notes.join('; ')} |`
  })
}

it('the page of documentation has every collector and every family', async () => {
  const [intro] = readFileSync(PAGE, 'utf8').split(START)
  const row = ([name, help]: readonly [string, string]): string => `| \`${name}\` | | ${help} |`
  const text = [
    '## Collectors\n',
    '| collector | |',
    '|---|---|',
    ...describeCollectors(),
    '\n## Metrics\n',
    '| metric | collector | |',
    '|---|---|---|',
    ...Object.entries(SCRAPE_FAMILIES).map(row),
    ...Object.entries(CAPACITY_FAMILIES).map(row),
    row(['pg_static', 'Version of the server, in the labels `version` and `short_version`.']),
    '| `pg_settings_NAME` | `settings` | Each setting that is a number or on and off, in seconds or bytes where it has a unit. |',
    ...describeFamilies().map(
      ({ name, collector, help }) => `| \`${name}\` | \`${collector}\` | ${help} |`,
    ),
    '',
  ].join('\n')
  await expect(`${intro}${START}\n${text}`).toMatchFileSnapshot(PAGE)
})
