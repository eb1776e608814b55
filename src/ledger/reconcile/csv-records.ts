/** Records of PostgreSQL's csvlog: RFC 4180, and a statement in it may go over many lines. */
export class CsvRecords {
  #fields: string[] = [];
  #field = '';
  #state: 'plain' | 'quoted' | 'ended' = 'plain';

  /** The records that end within this line; the line comes without its end. */
  line(text: string): readonly string[] | null {
    for (const character of text) {
      this.#take(character);
    }
    if (this.#state === 'quoted') {
      this.#field += '\n';
      return null;
    }
    const record = [...this.#fields, this.#field];
    this.#fields = [];
    this.#field = '';
    this.#state = 'plain';
    return record;
  }

  /** A record has begun and not ended. */
  get isOpen(): boolean {
    return this.#state === 'quoted' || this.#fields.length > 0;
  }

  #take(character: string): void {
    if (this.#state === 'quoted') {
      if (character === '"') {
        this.#state = 'ended';
      } else {
        this.#field += character;
      }
    } else if (character === '"' && (this.#state === 'ended' || this.#field === '')) {
      // A quote after a quote is one that was doubled.
      this.#field += this.#state === 'ended' ? '"' : '';
      this.#state = 'quoted';
    } else if (character === ',') {
      this.#fields.push(this.#field);
      this.#field = '';
      this.#state = 'plain';
    } else {
      this.#field += character;
    }
  }
}
