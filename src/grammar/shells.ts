// Completion scripts. They hold no list of their own: each asks `till __complete WORDS…`, where the last word is the one at
// the cursor and an answer is a line `text<TAB>note`, or `:files` for the shell's own file names. So a script installed once
// knows every later command, flag and tenant.

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const bash = `# till completion for bash: eval "$(till completion bash)" in ~/.bashrc
_till() {
  local IFS=$'\\n' word line answer prefix= words=()
  # Bash parts --tier=critical at the = sign; put it together again.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ( $word == = || \${words[-1]} == --*= ) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  [[ \${words[-1]} == --*=* ]] && prefix=\${words[-1]%%=*}=
  answer=$(till __complete "\${words[@]}" 2>/dev/null)
  COMPREPLY=()
  if [[ $answer == :files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "\${words[-1]}"))
    return
  fi
  while read -r line; do
    [[ -n $line ]] && COMPREPLY+=("\${line%%$'\\t'*}")
  done <<<"$answer"
  COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
}
complete -F _till till
`;

const zsh = `#compdef till
# till completion for zsh: eval "$(till completion zsh)" in ~/.zshrc, after compinit
_till() {
  local line
  local -a answer described
  answer=("\${(@f)$(till __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $answer[1] == ':files' ]]; then
    _files
    return
  fi
  for line in $answer; do
    described+=("\${line/$'\\t'/:}")
  done
  _describe 'till' described
}
compdef _till till
`;

const fish = `# till completion for fish: till completion fish > ~/.config/fish/completions/till.fish
function __till_complete
    set -l words (commandline -opc) (commandline -ct | string collect --allow-empty)
    set -l answer (till __complete $words[2..-1] 2>/dev/null)
    if test "$answer[1]" = ':files'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $answer
    end
end
complete -c till -f -a '(__till_complete)'
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };

export function completionScript(shell: Shell): string {
  return scripts[shell];
}
