import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { CodeEditorProps } from './code-editor.tsx'
import { loadLanguage, type LanguageId } from './languages.ts'

export interface QueryEditorProps extends Omit<CodeEditorProps, 'language'> {
  readonly language: LanguageId
}

/** The editor; its code and that of the language come when the first one is shown. */
export function QueryEditor({ language: id, ...props }: QueryEditorProps) {
  const { data } = useQuery({
    queryKey: ['editor', id],
    queryFn: async () => {
      const [{ CodeEditor }, language] = await Promise.all([
        import('./code-editor.tsx'),
        loadLanguage(id),
      ])
      return { CodeEditor, language }
    },
    staleTime: Infinity,
    // A language holds functions: nothing to compare.
    structuralSharing: false,
  })
  if (!data) return <Skeleton height={33} />
  return <data.CodeEditor language={data.language} {...props} />
}
