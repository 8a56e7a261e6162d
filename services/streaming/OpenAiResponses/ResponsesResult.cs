using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Inference.Responses;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>The response object as an answer.</summary>
internal static class ResponsesResult
{
    /// <summary>
    /// To the one who waited for it: a response that failed is an error with a status, as nobody has seen a part of it.
    /// </summary>
    public static IResult Of(ReadOnlyMemory<byte> lastEvent)
    {
        var response = ResponsesEvents.ResponseOf(lastEvent);
        using var json = JsonDocument.Parse(response.IsEmpty ? lastEvent : response);
        return json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
            ? new OpenAiErrorResult(StatusCodes.Status502BadGateway, new(
                error.GetProperty("message").GetString() ?? "",
                OpenAiErrorType.Server,
                null,
                error.GetProperty("code").GetString()))
            : new PassedOnResult(StatusCodes.Status200OK, response);
    }

    /// <summary>
    /// As it stands: of the last event, or of an earlier one and the error that ended it, where that came from without.
    /// </summary>
    public static IResult Of(ReadOnlyMemory<byte> lifecycle, ReadOnlyMemory<byte> failure)
    {
        if (failure.IsEmpty)
        {
            return new PassedOnResult(StatusCodes.Status200OK, lifecycle);
        }

        var response = JsonNode.Parse(lifecycle.Span)!.AsObject();
        var error = JsonNode.Parse(failure.Span)!["error"]!;
        response["status"] = "failed";
        response["error"] = new JsonObject
        {
            ["code"] = error["code"]?.DeepClone(),
            ["message"] = error["message"]?.DeepClone(),
        };
        return new PassedOnResult(StatusCodes.Status200OK, RawJson.Write(response));
    }
}
