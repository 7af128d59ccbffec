import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../house/read-sources.ts'

/** A command that the documentation shows. */
export interface DocumentedCommand {
  /** `docs/backup.md:9`. */
  readonly place: string
  /** As a shell takes it: continued lines are joined, comments and the prompt are gone. */
  readonly text: string
  /** What the documentation shows as its answer, after a command behind a prompt; undefined in a block of commands. */
  readonly answer: string | undefined
}

/** The commands of one block between fences, which a reader types one after the other. */
export interface CommandBlock {
  /** `docs/backup.md`. */
  readonly file: string
  readonly commands: readonly DocumentedCommand[]
}

const FENCE = /^\s*```(\w*)\s*$/

/** The pages that people read, by their paths from the project root. */
export function listPages(): readonly string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`)
  return ['README.md', 'CONTRIBUTING.md', ...below('docs'), ...below('deploy')].sort()
}

/** What stands between two fences of a page. */
interface Fenced {
  readonly language: string
  /** Counted from 1. */
  readonly firstLine: number
  readonly lines: readonly string[]
}

function readFenced(file: string): readonly Fenced[] {
  const blocks: Fenced[] = []
  let open: (Fenced & { readonly lines: string[] }) | undefined
  for (const [at, line] of readFileSync(join(projectRoot, file), 'utf8').split('\n').entries()) {
    const fence = FENCE.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open === undefined) open = { language: fence[1] ?? '', firstLine: at + 2, lines: [] }
    else {
      blocks.push(open)
      open = undefined
    }
  }
  return blocks
}

/** A block without a language in which what is typed stands behind a prompt, and the answers below it. */
function isTranscript({ language, lines }: Fenced): boolean {
  return language === '' && lines.some((line) => line.startsWith('$ '))
}

/**
 * The commands of a page. A block whose fence says `sh` holds nothing but commands; in a block without a language, lines behind the
 * prompt `$ ` are commands and the others are their answers.
 */
export function readCommandBlocks(file: string): readonly CommandBlock[] {
  return readFenced(file)
    .map((block) => ({ file, commands: readBlock(file, block) }))
    .filter(({ commands }) => commands.length > 0)
}

function readBlock(file: string, block: Fenced): readonly DocumentedCommand[] {
  const { language, firstLine, lines } = block
  const hasPrompt = isTranscript(block)
  if (language !== 'sh' && !hasPrompt) return []
  const commands: DocumentedCommand[] = []
  for (let at = 0; at < lines.length; at++) {
    const begins = lines[at] ?? ''
    if (hasPrompt && !begins.startsWith('$ ')) continue
    const place = `${file}:${firstLine + at}`
    let raw = hasPrompt ? begins.slice(2) : begins
    while (continues(raw) && at + 1 < lines.length) raw += `\n${lines[++at] ?? ''}`
    const text = withoutComment(raw).trim()
    if (text === '') continue
    commands.push({ place, text, answer: hasPrompt ? answerFrom(lines, at + 1) : undefined })
  }
  return commands
}

function answerFrom(lines: readonly string[], at: number): string {
  const rest = lines.slice(at)
  const next = rest.findIndex((line) => line.startsWith('$ '))
  return rest.slice(0, next === -1 ? undefined : next).join('\n')
}

/** Whether a shell would ask for another line: a `\` or a `|` at the end, or a quote that is open. */
function continues(text: string): boolean {
  return /[\\|]$/.test(text) || scan(text).quote !== ''
}

function withoutComment(text: string): string {
  return text.slice(0, scan(text).end)
}

/** Where the comment begins (or the end), and which quote is open there. */
function scan(text: string): { readonly end: number; readonly quote: string } {
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (quote === '' && char === '#' && /^$|\s/.test(text[at - 1] ?? '')) return { end: at, quote }
    if (char === '\\' && quote !== "'") at++
    else if (quote === '' && (char === '"' || char === "'")) quote = char
    else if (char === quote) quote = ''
  }
  return { end: text.length, quote }
}

/** Lines outside of blocks of commands that look like commands nonetheless: `file:line: text`. */
export function strayCommands(file: string): readonly string[] {
  return readFenced(file)
    .filter((block) => block.language === '' && !isTranscript(block))
    .flatMap(({ firstLine, lines }) =>
      lines.flatMap((line, at) =>
        LOOKS_TYPED.test(line) ? [`${file}:${firstLine + at}: ${line}`] : [],
      ),
    )
}

const LOOKS_TYPED =
  /^(?:sudo )?(?:(?:bin\/)?vedette|npm|curl|promtool|amtool|kubectl|docker-compose) /

/**
 * Whether a command is a form to fill in, not one to type: it holds `[optional]`, `this|that`, `…` or a word of capitals (`FILE`)
 * outside of quotes.
 */
export function isSynopsis({ text }: DocumentedCommand): boolean {
  if (!/^(?:sudo )?(?:bin\/)?vedette /.test(text)) return false
  const bare = text.replace(/'[^']*'|"[^"]*"/g, '')
  return /\[|…|\w\|\w|(?:^|[ =/])[A-Z]{2,}(?:[ /|:]|$)/.test(bare)
}
