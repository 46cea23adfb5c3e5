/** The scripts that teach a shell to complete `vnet`; they ask `vnet __complete` for the words. @module */

/** The shells that are known. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** A shell. */
export type Shell = (typeof shells)[number]

/** How each is switched on, for the help. */
export const startLines: Readonly<Record<Shell, string>> = {
  bash: 'source <(vnet completion bash)',
  zsh: 'source <(vnet completion zsh)',
  fish: 'vnet completion fish | source',
}

/** The script for a shell. */
export function scriptFor(shell: Shell): string {
  return scripts[shell]
}

// `__complete` answers with a line for each word: the word, a tab, what it is; or with one line that begins with a
// colon: `:files`, `:commands`. The words of the command line are handed over as they are and never evaluated.
const scripts: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for vnet: ${startLines.bash}
_vnet() {
  local line=\${COMP_LINE:0:COMP_POINT} reply current prefix word
  mapfile -t reply < <(vnet __complete --line "$line" 2>/dev/null)
  current=\${line##*[[:space:]]}
  COMPREPLY=()
  case \${reply[0]-} in
    :files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    :commands) mapfile -t COMPREPLY < <(compgen -c -- "$current"); return ;;
  esac
  # bash takes ":", "=" and "@" for the ends of words, so what stands before them must not be repeated.
  prefix=\${current%"\${current##*[:=@]}"}
  for word in "\${reply[@]}"; do
    word=\${word%%$'\\t'*}
    [[ $word == "$current"* ]] && COMPREPLY+=("\${word#"$prefix"}")
  done
}
complete -F _vnet vnet
`,
  zsh: `#compdef vnet
# zsh completion for vnet: ${startLines.zsh}
_vnet() {
  local -a reply described
  local line
  reply=("\${(@f)$(vnet __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $reply[1] in
    :files) _files; return ;;
    :commands) _command_names -e; return ;;
  esac
  for line in $reply; do
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t vnet vnet described
}
if [[ $funcstack[1] == _vnet ]]; then _vnet "$@"; else compdef _vnet vnet; fi
`,
  fish: `# fish completion for vnet: ${startLines.fish}
function __vnet_complete
  set -l words (commandline -opc)
  set -l reply (vnet __complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
  switch "$reply[1]"
    case :files
      __fish_complete_path (commandline -ct)
    case :commands
      __fish_complete_command
    case '*'
      printf '%s\\n' $reply
  end
end
complete -c vnet -e
complete -c vnet -f -a '(__vnet_complete)'
`,
}
