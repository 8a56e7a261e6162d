namespace Sluice.Tests.Integration.Streaming;

/// <summary>A reader that has read some frames and may read on.</summary>
internal sealed class FollowedReader : IDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;

    private FollowedReader(HttpResponseMessage answer, StreamReader reader) => (_answer, _reader) = (answer, reader);

    /// <summary>What it has read, as it came.</summary>
    public string Text { get; private set; } = "";

    public static async Task<FollowedReader> OpenAsync(HttpResponseMessage answer, int frames)
    {
        var reader = new FollowedReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
        reader.Text = await SseText.ReadFramesAsync(reader._reader, frames);
        return reader;
    }

    /// <summary>All of it, to the end.</summary>
    public async Task<string> RestAsync()
    {
        Text += await _reader.ReadToEndAsync();
        Dispose();
        return Text;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _answer.Dispose();
    }
}
