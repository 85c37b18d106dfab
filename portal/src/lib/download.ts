// Hands a text that was made here, or a file that the gateway made, to the browser as a file.
export const downloadText = (name: string, content: string, type = 'text/csv;charset=utf-8'): void =>
  downloadBlob(name, new Blob([`\uFEFF${content}`], { type }));

export const downloadBlob = (name: string, content: Blob): void => {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
};
