import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FaultList } from '../../yaml/fault.ts'
import { packRuleFiles } from './pack-rules.ts'
import { variablesIn } from './pack-variables.ts'
import { builtInPacksFolder, readPacksPart, type Pack } from './packs-part.ts'

const PAGE = 'docs/alerts.md'
const START =
  '<!-- What follows is made from the packs: vitest run src/alert/rules/pack-docs.test.ts --update -->\n'

const { packs } = readPacksPart(
  { node: undefined, folders: [builtInPacksFolder()], rules: [] },
  new FaultList(),
)

/** The alerts of a rule file as it is written, with the variables that each of them uses. */
function alertsWithVariables(pack: Pack): { name: string; variables: readonly string[] }[] {
  return packRuleFiles(pack.manifest.folder).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split(/^ +- alert: /m)
      .slice(1)
      .map((text) => ({ name: text.slice(0, text.indexOf('\n')), variables: variablesIn(text) })),
  )
}

/** The sentence below the alert's heading in the runbook. */
function meaningOf(pack: string, alert: string): string {
  const page = readFileSync(`docs/runbooks/${pack}.md`, 'utf8')
  const after = page.split(`\n## ${alert}\n\n`)[1] ?? ''
  return after.slice(0, after.indexOf('\n'))
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function describePack(pack: Pack): string {
  const { name, title, description, connect, needs, variables } = pack.manifest
  const fallback = (variable: string): string =>
    `\`${cell(variables.find((each) => each.name === variable)?.fallback ?? '')}\``
  const alerts = alertsWithVariables(pack).map(({ name: alert, variables: used }) => {
    const thresholds = used.map((each) => `\`${each}\``).join('<br>')
    const defaults = used.map(fallback).join('<br>')
    const runbook = `[steps](runbooks/${name}.md#${alert.toLowerCase()})`
    return `| \`${alert}\` | ${meaningOf(name, alert)} | ${thresholds} | ${defaults} | ${runbook} |`
  })
  const rows = variables.map(
    (each) => `| \`${each.name}\` | ${fallback(each.name)} | ${each.unit} | ${each.description} |`,
  )
  return [
    `## ${title}: \`${name}\`\n`,
    `${description} On while there is \`${cell(needs)}\`. ${connect}\n`,
    '| alert | meaning | threshold | default | runbook |',
    '|---|---|---|---|---|',
    ...alerts,
    '',
    '| variable | default | unit | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

describe('docs/alerts.md', () => {
  it('has the tables that the packs give', async () => {
    const [intro] = readFileSync(PAGE, 'utf8').split(START)
    const withRules = packs.filter(({ manifest }) => packRuleFiles(manifest.folder).length > 0)
    const tables = withRules.map(describePack).join('\n')
    await expect(`${intro}${START}\n${tables}`).toMatchFileSnapshot(path.resolve(PAGE))
  })

  it('leads to pages that are there', () => {
    for (const page of [
      PAGE,
      'docs/packs.md',
      ...packs.map(({ manifest }) => `docs/runbooks/${manifest.name}.md`),
    ]) {
      const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)]
      for (const [, to = '', anchor] of links) {
        const file = to === '' ? page : path.join(path.dirname(page), to)
        expect(existsSync(file), `${page} leads to ${file}`).toBe(true)
        if (anchor === undefined) continue
        const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)]
        const anchors = headings.map(([, heading = '']) =>
          heading
            .toLowerCase()
            .replace(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        )
        expect(anchors, `${page}: ${file}#${anchor}`).toContain(anchor)
      }
    }
  })
})
