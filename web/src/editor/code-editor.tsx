import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionContext,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching, syntaxHighlighting } from '@codemirror/language'
import { linter } from '@codemirror/lint'
import { Compartment, EditorState, Prec, type Extension } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { pageNonce } from '../theme/nonce.ts'
import { editorColors, editorTheme } from './editor-theme.ts'
import type { QueryLanguage } from './query-language.ts'

export interface CodeEditorProps {
  readonly language: QueryLanguage
  readonly value: string
  /** Names the editor for who does not see it. */
  readonly label: string
  readonly onChange: (value: string) => void
  /** Ctrl-Enter, Cmd-Enter or Shift-Enter. */
  readonly onRun: () => void
  /** Whether it takes the focus when it is first shown. */
  readonly hasFocus?: boolean
}

const LINT_DELAY_MS = 250

/** A field for queries with colours, completion and faults as one types. Tab leaves it, as any other field. */
export function CodeEditor(props: CodeEditorProps) {
  const { language, value, label } = props
  const root = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const latest = useRef(props)
  useEffect(() => {
    latest.current = props
  })
  useEffect(() => {
    if (root.current === null) return undefined
    const made = new EditorView({
      parent: root.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: extensionsOf(language, label, latest),
      }),
    })
    view.current = made
    if (latest.current.hasFocus === true) made.focus()
    return () => {
      view.current = null
      made.destroy()
    }
  }, [language, label])
  useEffect(() => {
    const shown = view.current?.state.doc.toString()
    if (shown === undefined || shown === value) return
    view.current?.dispatch({ changes: { from: 0, to: shown.length, insert: value } })
  }, [value])
  return <div ref={root} />
}

interface Latest {
  readonly current: CodeEditorProps
}

function extensionsOf(language: QueryLanguage, label: string, latest: Latest): Extension[] {
  return [
    EditorView.cspNonce.of(pageNonce()),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString())
    }),
    placeholder(language.placeholder),
    history(),
    bracketMatching(),
    closeBrackets(),
    new Compartment().of(language.support()),
    syntaxHighlighting(editorColors),
    editorTheme,
    linter((shown) => lint(language, shown.state.doc.toString()), { delay: LINT_DELAY_MS }),
    autocompletion({
      override: [(context) => complete(language, context)],
      icons: false,
      maxRenderedOptions: 200,
    }),
    Prec.highest(keymap.of(runKeys(latest))),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      { key: 'Tab', run: acceptCompletion },
      ...historyKeymap,
      ...defaultKeymap,
    ]),
  ]
}

function runKeys(latest: Latest) {
  const run = (): boolean => {
    latest.current.onRun()
    return true
  }
  return ['Mod-Enter', 'Shift-Enter'].map((key) => ({ key, run }))
}

function lint(language: QueryLanguage, text: string) {
  return language.check(text).map(({ start, end, message }) => ({
    // An empty range would not be seen.
    from: Math.max(0, Math.min(start, Math.max(0, text.length - 1))),
    to: Math.min(text.length, Math.max(end, start + 1)),
    severity: 'error' as const,
    message,
  }))
}

async function complete(language: QueryLanguage, context: CompletionContext) {
  const leaving = new AbortController()
  context.addEventListener('abort', () => leaving.abort())
  try {
    return await language.complete({
      text: context.state.doc.toString(),
      at: context.pos,
      isExplicit: context.explicit,
      signal: leaving.signal,
    })
  } catch {
    // Without an answer there is nothing to offer; the query itself will say what is wrong.
    return null
  }
}
