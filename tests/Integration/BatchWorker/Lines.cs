using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shouldly;

namespace Sluice.Tests.Integration.BatchWorker;

/// <summary>Input lines for the simulated model, and what their answers must be.</summary>
internal static class Lines
{
    public static string Chat(string customId, string message, string model = "sluice-sim") =>
        JsonSerializer.Serialize(new
        {
            custom_id = customId,
            method = "POST",
            url = "/v1/chat/completions",
            body = new { model, messages = new[] { new { role = "user", content = message } } },
        });

    /// <summary>Lines that are answered with the hash of their message.</summary>
    public static List<string> Hashes(int count, string directives = "", string model = "sluice-sim") =>
        [.. Enumerable.Range(1, count).Select(n => Chat(Id(n), Message(n, directives), model))];

    /// <summary>Every line once, with the answer that is a function of its message.</summary>
    public static void ShouldBeExactlyOnce(IReadOnlyList<ResultText> results, int count, string directives = "")
    {
        results.Select(r => r.CustomId).Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(1, count).Select(Id).Order(StringComparer.Ordinal));
        results.Select(r => r.Id).Distinct().Count().ShouldBe(count);
        foreach (var result in results)
        {
            var number = int.Parse(result.CustomId.AsSpan(5), CultureInfo.InvariantCulture);
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(Message(number, directives)));
            result.Content.ShouldBe(Convert.ToHexStringLower(hash));
            result.Status.ShouldBe(200);
        }
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"line-{number}");

    private static string Message(int number, string directives) =>
        string.Create(CultureInfo.InvariantCulture, $"@sim hash {directives} #{number}");
}
