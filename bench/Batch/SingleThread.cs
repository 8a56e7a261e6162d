using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sluice.Bench.Batch;

/// <summary>The reference: one thread reads each line's message, hashes it, and writes an answer to memory.</summary>
internal static class SingleThread
{
    private static readonly TimeSpan AtLeast = TimeSpan.FromSeconds(1);

    public static double LinesPerSecond(BatchInput input)
    {
        Run(input);
        var started = Stopwatch.GetTimestamp();
        var lines = 0;
        do
        {
            lines += Run(input);
        }
        while (Stopwatch.GetElapsedTime(started) < AtLeast);

        return lines / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static int Run(BatchInput input)
    {
        var output = new ArrayBufferWriter<byte>(input.Content.Length);
        var lines = 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        for (var rest = input.Content; !rest.IsEmpty; lines++)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            using var json = JsonDocument.Parse(rest[..end]);
            var message = json.RootElement.GetProperty("body").GetProperty("messages")[0].GetProperty("content");
            SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(message.GetString()!), hash);
            using (var writer = new Utf8JsonWriter(output))
            {
                writer.WriteStartObject();
                writer.WriteString("custom_id", json.RootElement.GetProperty("custom_id").GetString());
                writer.WriteString("content", Convert.ToHexStringLower(hash));
                writer.WriteEndObject();
            }

            rest = rest[(end + 1)..];
        }

        return lines;
    }
}
