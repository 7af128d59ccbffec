/** A file that breaks one rule on purpose. `files` are its neighbours, for rules that look across files. */
export interface PlantedBreach {
  rule: string
  path: string
  text: string
  files?: Readonly<Record<string, string>>
}

function inStore(rule: string, text: string): PlantedBreach {
  return { rule, path: `src/store/${rule.replace('/', '-')}.ts`, text }
}

function inTests(rule: string, text: string): PlantedBreach {
  return { rule, path: `src/store/${rule.replace('/', '-')}.test.ts`, text }
}

const manyLines = 'export let a = 0\n' + 'a = a + 1\n'.repeat(401)
const longFunction = `export function f(): number {\n  let a = 0\n${'  a = a + 1\n'.repeat(61)}  return a\n}\n`

/** One breach for every rule that `.oxlintrc.json` names, and samples of the categories that it switches on. */
export const plantedBreaches: readonly PlantedBreach[] = [
  inStore('typescript/no-explicit-any', 'export const a: any = 1'),
  inStore('typescript/no-non-null-assertion', 'export const f = (a?: string): string => a!'),
  inStore('typescript/no-unsafe-argument', "export const a = isNaN(JSON.parse('1'))"),
  inStore('typescript/no-unsafe-assignment', "export const a = JSON.parse('1')"),
  inStore('typescript/no-unsafe-call', "export const a: unknown = JSON.parse('1')()"),
  inStore('typescript/no-unsafe-function-type', 'export const f = (g: Function): string => g.name'),
  inStore('typescript/no-unsafe-member-access', "export const a: unknown = JSON.parse('1').b"),
  inStore('typescript/no-unsafe-return', "export const f = (): string => JSON.parse('1')"),
  inStore('typescript/ban-ts-comment', "// @ts-ignore\nexport const a: number = 'b'"),
  inStore(
    'typescript/prefer-nullish-coalescing',
    "export const f = (a: string | null): string => (a !== null ? a : 'b')",
  ),
  inStore(
    'typescript/switch-exhaustiveness-check',
    "export function f(a: 'b' | 'c'): void {\n  switch (a) {\n    case 'b':\n      f('c')\n  }\n}",
  ),
  inStore(
    'typescript/no-misused-promises',
    'export const f = (a: Promise<boolean>): number => (a ? 1 : 2)',
  ),
  inStore('typescript/only-throw-error', "export function f(): never {\n  throw 'text'\n}"),
  inStore(
    'typescript/prefer-promise-reject-errors',
    "export const f = (): Promise<void> => Promise.reject('text')",
  ),
  inStore('typescript/restrict-plus-operands', 'export const f = (a: number, b: bigint) => a + b'),
  inStore('typescript/restrict-template-expressions', 'export const f = (a: object) => `${a}`'),
  inStore(
    'typescript/use-unknown-in-catch-callback-variable',
    'export const f = (p: Promise<void>) => p.catch((error: Error) => console.log(error.stack))',
  ),
  inStore(
    'typescript/no-deprecated',
    '/** @deprecated use g */\nfunction f(): void {}\nexport const g = (): void => f()',
  ),
  inStore(
    'eslint/array-callback-return',
    'export const f = (a: string[]) =>\n  a.map((b) => {\n    if (b) return 1\n  })',
  ),
  inStore('eslint/eqeqeq', 'export const f = (a: string, b: string): boolean => a == b'),
  inStore('eslint/no-empty', 'export function f(a: boolean): void {\n  if (a) {\n  }\n}'),
  inStore(
    'eslint/no-fallthrough',
    'export function f(a: number): number {\n  let b = 0\n  switch (a) {\n    case 1:\n      b = 1\n    default:\n      b = 2\n  }\n  return b\n}',
  ),
  inStore('eslint/no-new-func', "export const f: unknown = new Function('return 1')"),
  inStore('eslint/no-var', 'export var a = 1'),
  inStore('eslint/prefer-const', 'let a = 1\nexport const b = a'),
  {
    rule: 'typescript/consistent-type-imports',
    path: 'src/store/type-import.ts',
    text: "import { A } from './noun.ts'\nexport const a: A = 1",
    files: { 'src/store/noun.ts': 'export type A = number\n' },
  },
  inStore('typescript/no-namespace', 'export namespace A {\n  export const b = 1\n}'),
  inStore('typescript/no-require-imports', "export const a: unknown = require('node:fs')"),
  {
    rule: 'import/no-cycle',
    path: 'src/store/cycle-a.ts',
    text: "import { b } from './cycle-b.ts'\nexport const a = (): number => b()",
    files: {
      'src/store/cycle-b.ts':
        "import { a } from './cycle-a.ts'\nexport const b = (): number => a()\n",
    },
  },
  inStore('import/no-default-export', 'export default 1'),
  {
    rule: 'oxc/no-barrel-file',
    path: 'src/store/barrel.ts',
    text: "export * from './behind.ts'",
    files: { 'src/store/behind.ts': 'export const a = 1\n' },
  },
  { rule: 'unicorn/filename-case', path: 'src/store/camelCase.ts', text: 'export const a = 1' },
  inStore(
    'unicorn/prefer-node-protocol',
    "import { join } from 'path'\nexport const a = join('b')",
  ),
  inStore('eslint/max-lines', manyLines),
  inStore('eslint/max-lines-per-function', longFunction),
  inStore('eslint/no-warning-comments', '// TODO: finish\nexport const a = 1'),
  inStore('unicorn/no-abusive-eslint-disable', '/* eslint-disable */\nexport const a = 1'),
  inTests(
    'vitest/no-focused-tests',
    "import { expect, it } from 'vitest'\nit.only('a', () => {\n  expect(1).toBe(1)\n})",
  ),
  inTests(
    'vitest/no-identical-title',
    "import { expect, it } from 'vitest'\nit('a', () => {\n  expect(1).toBe(1)\n})\nit('a', () => {\n  expect(1).toBe(1)\n})",
  ),

  inTests(
    'vitest/valid-expect',
    "import { expect, it } from 'vitest'\nit('a', () => {\n  expect(1)\n})",
  ),

  // Rules of the overrides: what only src/, or only the pure folders, must not do.
  inStore('eslint/no-console', "export const f = (): void => console.log('a')"),
  inStore('unicorn/no-process-exit', 'export const f = (): never => process.exit(1)'),
  inStore('eslint/no-restricted-globals', 'export const f = (a: string): RegExp => new RegExp(a)'),
  ...['model', 'lang', 'formats', 'contract'].map((folder) => ({
    rule: 'eslint/no-restricted-imports',
    path: `src/${folder}/impure.ts`,
    text: "import { readFileSync } from 'node:fs'\nexport const a = readFileSync",
  })),
  {
    rule: 'import/no-unassigned-import',
    path: 'web/src/unassigned.ts',
    text: "import './styles.js'\nexport const a = 1",
  },

  // Samples of the categories correctness, suspicious and perf.
  inStore(
    'typescript/no-floating-promises',
    'export const f = (p: Promise<void>): void => {\n  p\n}',
  ),
  inStore('typescript/await-thenable', 'export const f = async (): Promise<number> => await 1'),
  inStore(
    'typescript/no-unnecessary-type-assertion',
    'export const f = (a: number) => a as number',
  ),
  inStore('eslint/no-unused-vars', 'const a = 1\nexport const b = 1'),
  inStore('eslint/no-shadow', 'const a = 1\nexport const f = (a: number): number => a\nf(a)'),
  inStore(
    'oxc/no-accumulating-spread',
    'export const f = (a: string[][]) => a.reduce((all, b) => [...all, ...b], [])',
  ),
]

/** Files in which a rule that holds elsewhere does not: none of them may be reported for anything. */
export const plantedExemptions: Readonly<Record<string, string>> = {
  'src/cli/print.ts': "export const f = (): void => console.log('a')\n",
  'src/cli/end.ts': 'export const f = (): never => process.exit(1)\n',
  'src/store/regex-literal.ts': 'export const f = (a: string): boolean => /^a+$/.test(a)\n',
  'src/store/node-import.ts':
    "import { readFileSync } from 'node:fs'\nexport const f = (): string => readFileSync('a', 'utf8')\n",
  'src/store/in-test.test.ts':
    "import { expect, it } from 'vitest'\nit('a', () => {\n  expect(new RegExp('a').test('a')).toBe(true)\n})\n",
  'src/store/url.ts':
    'export const f = (a: number, b: URL, c: URLSearchParams) => `${a}${b}${c}`\n',
  'src/engine/child.ts': 'process.exit(1)\n',
  'vitest.config.ts': 'export default 1\n',
}
