import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot } from '../../../test/house/read-sources.ts'
import { MACHINE_FAMILIES, VERSION_FAMILY } from './machine.ts'
import { LAST_SEEN, MEASURED_FAMILIES, RUNTIME_UP, SCRAPE_ERROR, SEEN_FAMILIES } from './page.ts'

const PAGE = path.join(projectRoot, 'docs/collect/containers.md')
const START =
  '<!-- What follows is made from the code: vitest run src/collect/containers/docs.test.ts --update -->\n'

type Row = readonly [name: string, help: string, group?: string]

it('is documented family by family', async () => {
  const rows: readonly Row[] = [
    VERSION_FAMILY,
    LAST_SEEN,
    ...SEEN_FAMILIES.map(([name, help]): Row => [name, help]),
    ...MEASURED_FAMILIES.map(({ name, help, group }): Row => [name, help, group]),
    SCRAPE_ERROR,
    ...MACHINE_FAMILIES.map(([name, help]): Row => [name, help]),
    RUNTIME_UP,
  ]
  const table = [
    '| metric | group | |',
    '|---|---|---|',
    ...rows.map(
      ([name, help, group]) =>
        `| \`${name}\` | ${group === undefined ? '' : `\`${group}\``} | ${help} |`,
    ),
  ]
  const [intro] = readFileSync(PAGE, 'utf8').split(START)
  await expect(`${intro}${START}\n${table.join('\n')}\n`).toMatchFileSnapshot(PAGE)
})
