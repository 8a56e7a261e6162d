using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Bench.Batch;

/// <summary>
/// Lines that the simulated model answers with the hash of their message, so that every answer can be checked.
/// </summary>
internal sealed class BatchInput
{
    private BatchInput(byte[] content, IReadOnlyDictionary<string, string> answers) =>
        (Content, Answers) = (content, answers);

    /// <summary>JSON Lines.</summary>
    public byte[] Content { get; }

    /// <summary>What the answer to each <c>custom_id</c> must be.</summary>
    public IReadOnlyDictionary<string, string> Answers { get; }

    public static BatchInput Create(int lines)
    {
        var text = new StringBuilder();
        var answers = new Dictionary<string, string>(lines, StringComparer.Ordinal);
        for (var n = 1; n <= lines; n++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"line-{n}");
            var message = string.Create(CultureInfo.InvariantCulture, $"@sim hash #{n}");
            text.Append("{\"custom_id\":\"").Append(id)
                .Append("\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"sluice-sim\",")
                .Append("\"messages\":[{\"role\":\"user\",\"content\":\"").Append(message).Append("\"}]}}\n");
            answers.Add(id, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message))));
        }

        return new(Encoding.UTF8.GetBytes(text.ToString()), answers);
    }
}
