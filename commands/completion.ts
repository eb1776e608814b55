import type { Command } from '#grammar/command.ts';
import { completionScript, shells } from '#grammar/shells.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'completion',
  summary: 'Print the completion script of a shell',
  group: 'machine',
  examples: [
    { line: 'eval "$(till completion bash)"', note: 'in ~/.bashrc; zsh likewise in ~/.zshrc' },
    { line: 'till completion fish > ~/.config/fish/completions/till.fish', note: 'for fish' },
  ],
  arguments: [{ name: 'SHELL', required: true, summary: 'bash, zsh or fish', completion: shells }],
  async run({ io, arguments: [wanted] }) {
    const shell = shells.find((one) => one === wanted);
    if (shell !== undefined) {
      io.out(completionScript(shell));
    }
    return exitCodes.ok;
  },
};
