namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Input files for tests.</summary>
internal static class BatchLines
{
    public static string Good(int lines) =>
        string.Concat(Enumerable.Range(1, lines).Select(i => Line($"line-{i}") + "\n"));

    public static string Line(string customId, string url = "/v1/chat/completions") =>
        "{\"custom_id\":\"" + customId + "\",\"method\":\"POST\",\"url\":\"" + url
        + "\",\"body\":{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"user\",\"content\":\"@sim hash\"}]}}";
}
