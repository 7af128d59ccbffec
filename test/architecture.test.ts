import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkImports, findImports } from './house/check-imports.ts'
import { checkWebImports } from './house/check-web-imports.ts'
import { importTable, packageTable, rootFiles } from './house/import-table.ts'
import { projectRoot, readSources } from './house/read-sources.ts'
import { blankNonCode } from './house/scan-source.ts'
import { webFolders } from './house/web-table.ts'

/** Breaches of one planted file. */
function breachesOf(path: string, text: string): string[] {
  return checkImports([{ path, text }])
}

describe('the source tree', () => {
  const sources = readSources('src')

  it('imports only what DESIGN allows', () => {
    expect(sources.length).toBeGreaterThan(0)
    expect(checkImports(sources)).toEqual([])
  })

  it('reports the largest files', () => {
    const sizes = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .sort((a, b) => b.lines - a.lines)
    const large = sizes.filter(({ lines }) => lines > 400)
    console.log(
      [
        `${sources.length} files in src/, ${large.length} above 400 lines; the largest:`,
        ...sizes.slice(0, Math.max(5, large.length)).map(({ path, lines }) => `  ${lines} ${path}`),
      ].join('\n'),
    )
    expect(sizes[0]?.lines).toBeGreaterThan(0)
  })

  it('knows every runtime dependency and no other', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))
    expect(manifest).toHaveProperty('dependencies')
    const { dependencies } = manifest as { dependencies: Record<string, string> }
    expect(Object.keys(packageTable).sort()).toEqual(Object.keys(dependencies).sort())
  })
})

describe('the web UI', () => {
  const breachesInWeb = (text: string) => checkWebImports([{ path: 'web/src/shell/a.tsx', text }])

  it('imports of src/ only what runs in a browser', () => {
    const sources = readSources('web/src')
    expect(sources.length).toBeGreaterThan(0)
    expect(checkWebImports(sources)).toEqual([])
  })

  it('may import the pure folders and no other', () => {
    for (const folder of Object.keys(importTable)) {
      const found = breachesInWeb(`import '../../../src/${folder}/b.ts'`)
      expect(found, folder).toHaveLength(webFolders.includes(folder) ? 0 : 1)
    }
  })

  it.each([
    ["import { a } from '../../../src/start.ts'", 'web may not import start.ts'],
    ["import { a } from '../../../test/house.ts'", 'neither in web/src nor in src'],
    ["import { a } from '../charts/axis'", 'lacks its extension'],
    ["import { a } from '../charts/axis.test.ts'", 'is only for tests'],
    ["import fs from 'node:fs'", 'runs in a browser'],
    ["import { a } from 'left-pad'", 'left-pad is not in the table'],
    ["import { a } from '@grafana/data'", 'may only be imported by web/src/panels/'],
    ['const a = await import(name)', 'computed import'],
  ])('reports %s', (text, message) => {
    expect(breachesInWeb(text).join('\n')).toContain(message)
  })

  it.each([
    "import '@mantine/core/styles.css'",
    "import { a } from './b.ts'",
    "const a = () => import('../pages/home.tsx')",
  ])('is content with %s', (text) => {
    expect(breachesInWeb(text)).toEqual([])
  })
})

describe('the table', () => {
  it('names only places that exist in it, and allows no cycle between folders', () => {
    const places = [...Object.keys(importTable), ...rootFiles]
    const allowed = Object.entries(importTable)
    for (const [, targets] of allowed) expect(places).toEqual(expect.arrayContaining([...targets]))
    const planted = allowed.map(([place, targets]) => ({
      path: `src/${place}/a.ts`,
      text: targets
        .filter((target) => !rootFiles.includes(target))
        .map((target) => `import '../${target}/a.ts'`)
        .join('\n'),
    }))
    expect(checkImports(planted)).toEqual([])
  })
})

describe('a breach is found', () => {
  it.each([
    ["import { a } from '../store/schema.ts'", 'model may not import store'],
    ["import type { A } from '../store/schema.ts'", 'model may not import store'],
    ["import {\n  a,\n  type B,\n} from '../store/schema.ts'", 'model may not import store'],
    ['import * as s from "../store/schema.ts"', 'model may not import store'],
    ["import '../store/schema.ts'", 'model may not import store'],
    ["export { a } from '../store/schema.ts'", 'model may not import store'],
    ["export * from '../store/schema.ts'", 'model may not import store'],
    ["export type { A } from '../store/schema.ts'", 'model may not import store'],
    ["const a = await import('../store/schema.ts')", 'model may not import store'],
    ["type A = import('../store/schema.ts').A", 'model may not import store'],
    ["const a = require('../store/schema.ts')", 'model may not import store'],
    ["new Worker(new URL('../store/work.ts', import.meta.url))", 'model may not import store'],
    ["const a = `${await import('../store/schema.ts')}`", 'model may not import store'],
    ["const q = /['\"]/\nimport { a } from '../store/schema.ts'", 'model may not import store'],
    ['const a = await import(name)', 'computed import'],
    ['const a = await import(`../store/${name}.ts`)', 'computed import'],
    ["import { readFileSync } from 'node:fs'", 'model is pure and may not import node:fs'],
    ["import { a } from 'left-pad'", 'left-pad is not in the table of packages'],
    [
      "import { a } from '@clickhouse/client/web'",
      '@clickhouse/client may only be imported by store',
    ],
    ["import { a } from '../../bench/run.ts'", 'leads out of src/'],
    ["import { a } from './labels'", 'lacks its extension'],
    ["import { a } from './test-labels.ts'", 'is only for tests'],
    ["import { a } from './labels.test.ts'", 'is only for tests'],
  ])('%s', (text, message) => {
    expect(breachesOf('src/model/planted.ts', text).join('\n')).toContain(message)
  })

  it('for each folder and each folder that it may not import', () => {
    const places = Object.keys(importTable)
    for (const [place, allowed] of Object.entries(importTable)) {
      for (const target of places) {
        const found = breachesOf(`src/${place}/a.ts`, `import '../${target}/b.ts'`)
        const isAllowed = place === target || allowed.includes(target)
        expect(found, `${place} → ${target}`).toHaveLength(isAllowed ? 0 : 1)
      }
    }
  })

  it('for node: in each pure folder', () => {
    for (const place of ['model', 'lang', 'formats', 'contract']) {
      expect(breachesOf(`src/${place}/a.ts`, "import 'node:fs'")).toHaveLength(1)
    }
    expect(breachesOf('src/self/a.ts', "import 'node:fs'")).toEqual([])
  })

  it('with its file and line', () => {
    const [breach] = breachesOf('src/lang/a.ts', "// first\n\nimport '../query/b.ts'\n")
    expect(breach).toBe('src/lang/a.ts:3: lang may not import query; it may import model')
  })

  it('for a folder or a root file that the table does not know', () => {
    expect(breachesOf('src/misc/a.ts', '')[0]).toContain('"misc" is not in the import table')
    expect(breachesOf('src/helpers.ts', '')[0]).toContain('"helpers" is not in the import table')
  })

  it('for a cycle between folders that the root files would allow', () => {
    const found = checkImports([
      { path: 'src/config.ts', text: "import './operate/section.ts'" },
      { path: 'src/operate/doctor.ts', text: "import '../config.ts'" },
    ])
    expect(found).toEqual(['src/operate/doctor.ts:1: cycle config → operate → config'])
  })
})

describe('what is no breach', () => {
  it.each([
    ['src/model/a.ts', "// import { a } from '../store/b.ts'"],
    ['src/model/a.ts', "/* import '../store/b.ts' */"],
    ['src/model/a.ts', 'const a = "import \'../store/b.ts\'"'],
    ['src/model/a.ts', "const a = `import '../store/b.ts'`"],
    ['src/model/a.ts', "import { b } from './b.ts'\nexport const from = 'x'"],
    ['src/store/a.ts', "import { createClient } from '@clickhouse/client'\nimport 'node:fs'"],
    ['src/start.ts', "import './store/a.ts'\nimport './http/b.ts'\nimport './config.ts'"],
    ['src/cli/version.ts', "import manifest from '../../package.json' with { type: 'json' }"],
    ['src/lang/promql/parse.test.ts', "import { it } from 'vitest'\nimport 'node:fs'"],
    ['src/lang/a.ts', "const words = new URL('./words.json', import.meta.url)"],
    ['src/formats/a.test.ts', "import { Session } from 'chdb'"],
    ['src/store/a.test.ts', "import { free } from '../../test/house/scan-source.ts'"],
  ])('%s: %s', (path, text) => {
    expect(breachesOf(path, text)).toEqual([])
  })
})

describe('the scanner', () => {
  it('keeps offsets and lines and blanks everything that is not code', () => {
    const source =
      "const a = 'x\\'y' // c\nconst b = `p${f({ c: 'z' })}q` /* d\n */ + 4 / 2 / /[/']r/.n"
    const code = blankNonCode(source)
    expect(code).toHaveLength(source.length)
    expect(code).toBe(
      "const a = '    '     \nconst b = ` ${f({ c: ' ' })} `     \n    + 4 / 2 / /     /.n",
    )
  })

  it('finds several imports in order, without mixing up neighbours', () => {
    const text =
      "export const a = 1\nimport b from './b.ts'\nexport type C = number\nimport './d.ts'"
    expect(findImports(text)).toEqual([
      { line: 2, specifier: './b.ts' },
      { line: 4, specifier: './d.ts' },
    ])
  })
})
