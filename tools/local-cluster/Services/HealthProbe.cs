namespace Sluice.LocalCluster.Services;

/// <summary>One look at a service's <c>/healthz/ready</c>.</summary>
internal static class HealthProbe
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(3) };

    /// <summary>No answer within 3 s counts as not ready.</summary>
    public static async Task<bool> IsReadyAsync(Uri service, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(service, "/healthz/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
