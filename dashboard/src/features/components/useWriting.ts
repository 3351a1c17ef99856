import { useState } from 'react'
import { type Files, isEqual, MAIN } from './files.ts'

/** A package under the pen: its files, the one that is open, and whether it is what it was. */
export function useWriting(begun: Files) {
  const [files, setFiles] = useState(begun)
  const [round, setRound] = useState(0)
  const [path, setPath] = useState(MAIN in begun ? MAIN : (Object.keys(begun)[0] ?? MAIN))
  const write = (at: string, text: string) => setFiles((before) => ({ ...before, [at]: text }))
  return {
    files,
    path,
    /** Another one begins each time that all there was is replaced. */
    round,
    isChanged: !isEqual(files, begun),
    open: setPath,
    write,
    add: (at: string) => {
      write(at, '')
      setPath(at)
    },
    remove: (at: string) => {
      setFiles(({ [at]: _, ...rest }) => rest)
      setPath(MAIN)
    },
    /** In place of all there was. */
    replace: (other: Files) => {
      setFiles(other)
      setRound((before) => before + 1)
      setPath(MAIN)
    },
  }
}

export type Writing = ReturnType<typeof useWriting>
